"""Pods: what is filled in, refused, kept and warned of."""

import pytest

from breakfix.embedded.kinds.core import STRATEGIES
from breakfix.embedded.kinds.pod_defaults import pull_policy
from breakfix.embedded.kinds.pod_template import default_pod_template, validate_pod_template
from breakfix.embedded.objects import Object, clone
from tests.embedded.kinds_core.helpers import changed, created, pod_spec, refused

PODS = STRATEGIES["pods"]
C = "spec.containers[0]"


def test_the_defaults_of_a_pod() -> None:
    probe = {"tcpSocket": {"port": 80}}
    pod = created("pods", pod_spec(readinessProbe=probe, ports=[{"containerPort": 80}]))
    assert pod["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert pod["spec"] == {
        "containers": [{
            "name": "c", "image": "nginx:1.27", "imagePullPolicy": "IfNotPresent",
            "ports": [{"containerPort": 80, "protocol": "TCP"}], "resources": {},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            "readinessProbe": {
                "tcpSocket": {"port": 80}, "timeoutSeconds": 1, "periodSeconds": 10,
                "successThreshold": 1, "failureThreshold": 3,
            },
        }],
        "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "enableServiceLinks": True,
        "schedulerName": "default-scheduler", "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    }  # fmt: skip


def test_a_template_does_not_take_requests_from_limits() -> None:
    template = {"spec": pod_spec(resources={"limits": {"cpu": "1"}})}
    default_pod_template(template)
    assert template["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}}
    assert "enableServiceLinks" not in template["spec"]
    pod = created("pods", pod_spec(resources={"limits": {"cpu": "1", "memory": "1Gi"}}))
    assert pod["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "1", "memory": "1Gi"}
    assert pod["status"]["qosClass"] == "Guaranteed"


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1", "IfNotPresent"),
        ("host:5000/a/b", "Always"), ("a@sha256:12", "IfNotPresent"), ("", "IfNotPresent"),
        ("Not An Image", "IfNotPresent"),
    ],
)  # fmt: skip
def test_the_pull_policy_follows_the_tag(image: str, policy: str) -> None:
    assert pull_policy(image) == policy


def test_the_defaults_of_volumes() -> None:
    volumes: list[Object] = [
        {"name": "a"}, {"name": "b", "secret": {"secretName": "s"}},
        {"name": "c", "hostPath": {"path": "/x"}},
        {"name": "d", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
    ]  # fmt: skip
    found = created("pods", pod_spec() | {"volumes": volumes})["spec"]["volumes"]
    assert found[0] == {"name": "a", "emptyDir": {}}
    assert found[1]["secret"]["defaultMode"] == 420
    assert found[2]["hostPath"] == {"path": "/x", "type": ""}
    assert found[3]["projected"] == {
        "defaultMode": 420,
        "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}],
    }


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"image": ""}, f"{C}.image: Required value"),
        ({"image": " a"},
         f'{C}.image: Invalid value: " a": must not have leading or trailing whitespace'),
        ({"volumeMounts": [{"name": "v", "mountPath": "/v"}]},
         f'{C}.volumeMounts[0].name: Not found: "v"'),
        ({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}},
         f'{C}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit '
         "of 1"),
        ({"resources": {"requests": {"gpu": "2"}}},
         f'{C}.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or '
         "fully qualified"),
        ({"imagePullPolicy": "Maybe"},
         f'{C}.imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", '
         '"IfNotPresent", "Never"'),
        ({"securityContext": {"privileged": True, "allowPrivilegeEscalation": False}},
         f'{C}.securityContext: Invalid value: {{"Capabilities":null,"Privileged":true,'
         '"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,'
         '"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,'
         '"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set '
         "`allowPrivilegeEscalation` to false and `privileged` to true"),
        ({"ports": [{"containerPort": 0}]}, f"{C}.ports[0].containerPort: Required value"),
        ({"ports": [{"containerPort": 70000}]},
         f"{C}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, "
         "inclusive"),
        ({"livenessProbe": {}}, f"{C}.livenessProbe: Required value: must specify a handler type"),
        ({"livenessProbe": {"exec": {"command": ["a"]}, "successThreshold": 2}},
         f"{C}.livenessProbe.successThreshold: Invalid value: 2: must be 1"),
        ({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.x"}}}]},
         f'{C}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting '
         "fieldPath: field label not supported: spec.x"),
        ({"envFrom": [{}]},
         f'{C}.envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'),
    ],
)  # fmt: skip
def test_wrong_containers(container: Object, message: str) -> None:
    assert message in refused("pods", pod_spec(**container))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"containers": []}, "spec.containers: Required value"),
        ({"restartPolicy": "Sometimes"},
         'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", '
         '"OnFailure", "Never"'),
        ({"volumes": [{"name": "a", "emptyDir": {}, "secret": {"secretName": "s"}}]},
         "spec.volumes[0].secret: Forbidden: may not specify more than 1 volume type"),
        ({"tolerations": [{"operator": "Equal", "value": "x"}]},
         'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when '
         '`key` is empty, which means "match all values and all keys"'),
        ({"initContainers": [{"name": "c", "image": "a"}]},
         'spec.initContainers[0].name: Duplicate value: "c"'),
        ({"initContainers": [{"name": "i", "image": "a", "livenessProbe": {}}]},
         "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers "
         "without restartPolicy=Always"),
        ({"ephemeralContainers": [{"name": "e", "image": "a"}]},
         "spec.ephemeralContainers: Forbidden: cannot be set on create"),
        ({"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "z",
          "whenUnsatisfiable": "DoNotSchedule"}]},
         "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero"),
        ({"dnsPolicy": "None"},
         "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"),
    ],
)  # fmt: skip
def test_wrong_specs(change: Object, message: str) -> None:
    assert message in refused("pods", pod_spec() | change)


def test_host_ports_clash() -> None:
    ports = [{"containerPort": 80, "hostPort": 80}, {"containerPort": 81, "hostPort": 80}]
    assert refused("pods", pod_spec(ports=ports)) == [
        f'{C}.ports[1].hostPort: Duplicate value: "TCP//80"'
    ]


def test_images_may_change_and_little_else() -> None:
    pod = created("pods", pod_spec())
    assert changed("pods", pod, pod_spec(image="nginx:2")) == []
    assert changed("pods", pod, {"tolerations": [{"operator": "Exists"}]}) == []
    [message] = changed("pods", pod, pod_spec(command=["sh"]))
    assert message.startswith(
        "spec: Forbidden: pod updates may not change fields other than "
        "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        "`spec.tolerations` (only additions to existing tolerations),"
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously "
        "negative)\n@@ "
    )
    assert '+   "Command": [\n' in message
    two = {"containers": [*pod["spec"]["containers"], {"name": "d", "image": "a"}]}
    assert "spec.containers: Forbidden: pod updates may not add or remove containers" in changed(
        "pods", pod, two
    )


def test_a_resize_changes_resources_only() -> None:
    pod = created("pods", pod_spec(resources={"requests": {"cpu": "1"}}))
    sub = STRATEGIES["pods/resize"]
    item = clone(pod)
    item["spec"]["containers"][0] |= {"image": "other", "resources": {"requests": {"cpu": "2"}}}
    sub.prepare_update(item, pod)
    assert item["spec"]["containers"][0]["image"] == "nginx:1.27"
    assert sub.validate_update(item, pod) == []
    item["spec"]["containers"][0]["resources"] = {}
    assert [str(e) for e in sub.validate_update(item, pod)] == [
        'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
        f"{C}.resources.requests: Forbidden: resource requests cannot be removed",
    ]


def test_ephemeral_containers_are_only_added() -> None:
    pod = created("pods", pod_spec())
    sub = STRATEGIES["pods/ephemeralcontainers"]
    item = clone(pod)
    item["spec"]["ephemeralContainers"] = [{"name": "debug", "image": "busybox"}]
    sub.default_(item)
    sub.prepare_update(item, pod)
    assert sub.validate_update(item, pod) == []
    gone = clone(pod)
    sub.prepare_update(gone, item)
    assert [str(e) for e in sub.validate_update(gone, item)] == [
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be '
        "removed\n"
    ]


def test_a_terminated_container_does_not_run_again() -> None:
    pod = created("pods", pod_spec() | {"restartPolicy": "Never"})
    pod["status"]["containerStatuses"] = [{"name": "c", "state": {"terminated": {"exitCode": 0}}}]
    item = clone(pod)
    item["status"]["containerStatuses"][0]["state"] = {"running": {}}
    assert [str(e) for e in PODS.validate_status_update(item, pod)] == [
        "status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated "
        "state"
    ]


@pytest.mark.parametrize(
    ("spec", "phase", "asked", "grace"),
    [
        ({}, "Pending", None, 0), ({"nodeName": "n"}, "Running", None, 30),
        ({"nodeName": "n"}, "Running", 5, 5), ({"nodeName": "n"}, "Failed", None, 0),
        ({"nodeName": "n", "terminationGracePeriodSeconds": -1}, "Running", None, 1),
    ],
)  # fmt: skip
def test_how_long_a_deletion_waits(spec: Object, phase: str, asked: int | None, grace: int) -> None:
    pod = created("pods", pod_spec() | spec)
    pod["status"]["phase"] = phase
    assert PODS.deletion_grace(pod, asked) == grace


def test_warnings() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    ports = [{"containerPort": 80, "name": "p"}, {"containerPort": 80, "name": "q"}]
    spec = pod_spec(env=env, ports=ports) | {"nodeSelector": {"beta.kubernetes.io/os": "linux"}}
    assert PODS.warnings(created("pods", spec), None) == [
        'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" '
        "instead",
        f'{C}.env[1]: hides previous definition of "A", which may be dropped when using apply',
        f"{C}.ports[1]: duplicate port definition with {C}.ports[0]",
    ]


def test_gated_pods_say_so() -> None:
    pod = created("pods", pod_spec() | {"schedulingGates": [{"name": "a.b/c"}]})
    assert pod["status"]["conditions"][0]["reason"] == "SchedulingGated"


def test_fields_that_can_be_selected() -> None:
    pod = created("pods", pod_spec() | {"nodeName": "n"})
    found = PODS.selectable(pod)
    assert (found["spec.nodeName"], found["status.phase"]) == ("n", "Pending")
    assert found["spec.hostNetwork"] == "false"


def test_templates_have_no_ephemeral_containers() -> None:
    template = {"spec": pod_spec() | {"ephemeralContainers": [{"name": "e", "image": "a"}]}}
    default_pod_template(template)
    assert [str(e) for e in validate_pod_template(template, "spec.template")] == [
        "spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in "
        "pod template"
    ]
