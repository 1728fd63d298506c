"""Environment and volumes."""

from __future__ import annotations

import base64
from typing import Any

from breakfix.embedded.objects import Object
from tests.embedded.kubelet.fixture import Cluster, sh


def _ref(kind: str, name: str, key: str) -> Object:
    return {"valueFrom": {kind: {"name": name, "key": key}}}


async def test_environment(cluster: Cluster) -> None:
    await cluster.put("configmaps", "c", data={"a": "1", "b.c": "2"})
    await cluster.put("secrets", "s", data={"k": base64.b64encode(b"deep").decode()})
    await cluster.put(
        "services", "my-db", spec={"clusterIP": "10.96.0.9", "ports": [{"port": 5432}]}
    )
    env = [
        {"name": "ONE", **_ref("configMapKeyRef", "c", "a")},
        {"name": "TWO", "value": "$(ONE)-$(NOPE)-$$(ONE)"},
        {"name": "KEY", **_ref("secretKeyRef", "s", "k")},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "MEM", "valueFrom": {"resourceFieldRef": {
            "resource": "limits.memory", "divisor": "1Mi"}}},
    ]  # fmt: skip
    limits = {"limits": {"memory": "64Mi"}}
    sources = [{"prefix": "P_", "configMapRef": {"name": "c"}}]
    containers = sh("env; sleep 3600", env=env, envFrom=sources, resources=limits)
    await cluster.pod("web", containers=containers)
    found = dict(line.split("=", 1) for line in (await cluster.logs("web")).splitlines())
    assert found["TWO"] == "1-$(NOPE)-$(ONE)"
    assert (found["P_a"], found["KEY"], found["MEM"]) == ("1", "deep", "64")
    assert (found["IP"], found["HOME"]) == ("10.244.1.2", "/root")
    assert found["MY_DB_SERVICE_HOST"] == "10.96.0.9"
    assert found["MY_DB_PORT_5432_TCP"] == "tcp://10.96.0.9:5432"


async def test_a_missing_key_is_waited_for(cluster: Cluster) -> None:
    env = [{"name": "ONE", **_ref("configMapKeyRef", "c", "a")}]
    await cluster.pod("web", containers=sh("sleep 3600", env=env))
    waiting = {"reason": "CreateContainerConfigError", "message": 'configmap "c" not found'}
    assert cluster.status("web")["state"]["waiting"] == waiting
    assert cluster.messages("web", "Failed") == ['Error: configmap "c" not found']
    await cluster.put("configmaps", "c", data={"b": "1"})
    await cluster.wait(6)
    message = cluster.status("web")["state"]["waiting"]["message"]
    assert message == "couldn't find key a in ConfigMap default/c"
    await cluster.put("configmaps", "c", data={"a": "1"})
    await cluster.wait(6)
    assert cluster.status("web")["ready"]


async def test_a_mounted_config_map_follows(cluster: Cluster) -> None:
    volumes = [{"name": "v", "configMap": {"name": "c", "defaultMode": 0o400}}]
    mounts = [{"name": "v", "mountPath": "/etc/v"},
              {"name": "v", "mountPath": "/one", "subPath": "a"}]  # fmt: skip
    containers = sh("sleep 3600", volumeMounts=mounts)
    await cluster.pod("web", containers=containers, volumes=volumes)
    text = 'MountVolume.SetUp failed for volume "v" : configmap "c" not found'
    assert text in cluster.messages("web", "FailedMount")
    assert cluster.status("web")["state"]["waiting"]["reason"] == "ContainerCreating"
    await cluster.put("configmaps", "c", data={"a": "old"})
    await cluster.wait(4)
    assert await cluster.exec("web", "cat", "/etc/v/a", "/one") == (0, "oldold")
    await cluster.put("configmaps", "c", data={"a": "new"})
    await cluster.wait(25)
    assert await cluster.exec("web", "cat", "/etc/v/a", "/one") == (0, "newold")
    code, words = await cluster.exec("web", "touch", "/etc/v/b")
    assert (code, "Read-only file system" in words) == (1, True)


async def test_shared_and_kept_volumes(cluster: Cluster) -> None:
    await cluster.put(
        "persistentvolumeclaims", "data", spec={"volumeName": "pv"}, status={"phase": "Bound"}
    )
    volume = {"metadata": {"name": "pv"}, "spec": {"nfs": {"server": "x", "path": "/"}}}
    await cluster.client.create("persistentvolumes", volume)
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}},
               {"name": "h", "hostPath": {"path": "/srv/x", "type": "Directory"}},
               {"name": "e", "emptyDir": {}}]  # fmt: skip
    mounts = [{"name": n, "mountPath": f"/{n}"} for n in "dhe"]
    containers = sh("echo kept > /d/f; sleep 3600", volumeMounts=mounts)
    spec: dict[str, Any] = {"containers": containers, "volumes": volumes}
    await cluster.pod("one", **spec)
    assert cluster.messages("one", "FailedMount")[0] == (
        'MountVolume.SetUp failed for volume "h" : '
        "hostPath type check failed: /srv/x is not a directory"
    )
    volumes[1]["hostPath"] = {"path": "/srv/x", "type": "DirectoryOrCreate"}
    await cluster.pod("two", **spec)
    await cluster.wait(3)
    reader = sh("cat /d/f; sleep 3600", volumeMounts=mounts)
    await cluster.pod("three", containers=reader, volumes=volumes)
    assert await cluster.logs("three") == "kept\n"


async def test_projected_and_downward(cluster: Cluster) -> None:
    await cluster.put("configmaps", "c", data={"a": "1"})
    items = [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]
    sources = [{"configMap": {"name": "c", "items": [{"key": "a", "path": "x/y", "mode": 0o600}]}},
               {"downwardAPI": {"items": items}}]  # fmt: skip
    volumes = [{"name": "p", "projected": {"sources": sources}}]
    containers = sh("sleep 3600", volumeMounts=[{"name": "p", "mountPath": "/p"}])
    labels = {"app": "web", "b": "c"}
    await cluster.pod("web", containers=containers, volumes=volumes, labels=labels)
    assert await cluster.exec("web", "cat", "/p/x/y", "/p/labels") == (0, '1app="web"\nb="c"')


async def test_users(cluster: Cluster) -> None:
    await cluster.pod("no", containers=sh("id"), securityContext={"runAsNonRoot": True})
    uid = cluster.get("no")["metadata"]["uid"]
    waiting = cluster.status("no")["state"]["waiting"]
    assert waiting["reason"] == "CreateContainerConfigError"
    assert waiting["message"] == (
        "container has runAsNonRoot and image will run as root "
        f'(pod: "no_default({uid})", container: app)'
    )
    context = {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000}
    volumes = [{"name": "e", "emptyDir": {}}]
    mount = {"volumeMounts": [{"name": "e", "mountPath": "/e"}]}
    script = "id -u; id -G; touch /e/f && stat -c %g /e/f; touch /x"
    own = {"securityContext": {"readOnlyRootFilesystem": True}}
    containers = sh(script + "; sleep 9", **mount, **own)
    await cluster.pod("yes", containers=containers, volumes=volumes, securityContext=context)
    lines = (await cluster.logs("yes")).splitlines()
    assert lines[:3] == ["1000", "3000 2000", "2000"]
    assert lines[3] == "touch: /x: Read-only file system"


async def _refused(cluster: Cluster, name: str, volume: Object, **mount: Any) -> str:
    mounts = [{"name": "v", **mount}]
    await cluster.pod(name, containers=sh("true", volumeMounts=mounts), restartPolicy="Never",
                      volumes=[{"name": "v", **volume}])  # fmt: skip
    state: Object = cluster.status(name)["state"]
    found: str = next(iter(state.values()))["message"]
    return found.partition("error during container init: ")[2] or found


async def test_a_file_does_not_go_on_a_directory(cluster: Cluster) -> None:
    await cluster.put("configmaps", "c", data={"a": "1"})
    source = {"configMap": {"name": "c"}}
    found = await _refused(cluster, "one", source, mountPath="/tmp", subPath="a")
    uid = cluster.get("one")["metadata"]["uid"]
    path = f"/var/lib/kubelet/pods/{uid}/volume-subpaths/v/app/0"
    assert found == (
        f'error mounting "{path}" to rootfs at "/tmp": mount {path}:/tmp (via /proc/self/fd/6),'
        " flags: 0x5001: not a directory: unknown"
    )
    found = await _refused(cluster, "two", {"emptyDir": {}}, mountPath="/etc/passwd")
    uid = cluster.get("two")["metadata"]["uid"]
    assert f'"/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~empty-dir/v" to rootfs' in found
    assert "flags: 0x5000" in found
    source = {"hostPath": {"path": "/etc/hostname"}}
    assert "mount /etc/hostname:/etc (via" in await _refused(
        cluster, "three", source, mountPath="/etc"
    )


async def test_places_where_nothing_can_be_mounted(cluster: Cluster) -> None:
    empty: Object = {"emptyDir": {}}
    found = await _refused(cluster, "one", empty, mountPath="/etc/passwd/x")
    assert "open o_path procfd: open /run/containerd/io.containerd" in found
    assert found.endswith("/rootfs/etc/passwd/x: not a directory: unknown")
    found = await _refused(cluster, "two", empty, mountPath="/proc/x")
    assert found.endswith('/rootfs/proc/x" cannot be mounted because it is inside /proc: unknown')


async def test_a_part_of_a_file_cannot_be_mounted(cluster: Cluster) -> None:
    await cluster.put("configmaps", "c", data={"a": "1"})
    source = {"configMap": {"name": "c"}}
    found = await _refused(cluster, "web", source, mountPath="/x", subPath="a/b")
    assert found == 'failed to prepare subPath for volumeMount "v" of container "app"'


async def test_a_missing_part_is_made_as_open_as_its_volume(cluster: Cluster) -> None:
    mounts = [{"name": "v", "mountPath": "/x", "subPath": "a/b"}]
    containers = sh("stat -c '%a %Y' /x; touch /x/mine; sleep 99", volumeMounts=mounts,
                    securityContext={"runAsUser": 1000})  # fmt: skip
    await cluster.pod("web", containers=containers, volumes=[{"name": "v", "emptyDir": {}}])
    mode, moment = (await cluster.logs("web")).split()
    assert mode == "777"
    assert int(moment) > 10**9


async def test_a_working_directory_that_is_a_file(cluster: Cluster) -> None:
    containers = sh("true", workingDir="/etc/passwd")
    await cluster.pod("web", containers=containers, restartPolicy="Never")
    message = cluster.status("web")["state"]["terminated"]["message"]
    assert message.endswith("init: mkdir /etc/passwd: not a directory: unknown")


async def test_a_seccomp_profile_that_the_node_does_not_have(cluster: Cluster) -> None:
    profile = {"type": "Localhost", "localhostProfile": "own.json"}
    context = {"seccompProfile": profile}
    await cluster.pod("web", containers=sh("sleep 99"), securityContext=context)
    path = "/var/lib/kubelet/seccomp/own.json"
    text = (
        f'failed to create containerd container: cannot load seccomp profile "{path}": open {path}:'
        " no such file or directory"
    )
    waiting = {"reason": "CreateContainerError", "message": text}
    assert cluster.status("web")["state"]["waiting"] == waiting
    assert cluster.messages("web", "Failed")[0] == f"Error: {text}"
