"""A small scenario on a fake cluster, and the world around a round of it.

The front answers customers as long as its ConfigMap names the catalogue and it has a pod;
the fault writes a wrong name and puts a policy beside it. The load pod's log tells what a
customer saw last.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from breakfix.clock import VirtualClock
from breakfix.clusters.api import ExecResult
from breakfix.clusters.base import AuditEvent, Capabilities, Object, Progress
from breakfix.clusters.consent import Consent
from breakfix.clusters.readiness import answers
from breakfix.clusters.snapshot import Difference, Snapshot, difference, take
from breakfix.errors import ClusterError
from breakfix.game import keeping
from breakfix.game.lobby import GameLobby
from breakfix.game.round import Round
from breakfix.game.session import Machine, Session
from breakfix.game.stage import Stage
from breakfix.scenario.loading import LoadedScenario
from breakfix.scenario.pack import Catalogue
from breakfix.settings import Settings
from breakfix.store.history import Event, History
from tests.game.fake_kubernetes import Behaviour, FakeKubernetes
from tests.unit.clusters_fakes import FakePrograms, no_progress

SCENARIO = """\
apiVersion: breakfix.dev/v1
kind: Scenario
metadata:
  name: lost-catalogue
  title: The shop cannot find its catalogue
  tracks: [dns]
  difficulty: 2
  objectives: [Read what a program was told]
spec:
  brief: Every product list is empty.
  time: {par: 60s, limit: 300s}
  base: [manifests/shop]
  baseline:
    - name: Customers get products
      http: {from: deployment/load, url: "http://front/products", contains: products}
    - name: The front is ready
      ready: deployment/front
  fault:
    - edit: {object: {kind: ConfigMap, name: front}, field: data.UPSTREAM,
             replace: catalog, with: "nowhere"}
    - apply: deny.yaml
  symptom:
    failing: [Customers get products]
    passing: [The front is ready]
    evidence:
      - logs: {workload: deployment/load, contains: "products -> 502"}
  verify: {settle: 3s, patience: 8s}
  checks:
    - use: Customers get products
    - use: The front is ready
  guards:
    - name: The front has two replicas
      object: {kind: Deployment, name: front}
      cel: object.spec.replicas >= 2
    - name: The services are as they were
      unchanged: {kinds: [Service]}
  hints:
    - {evidence: events, price: 5, say: Is anything failing, run: "kubectl -n shop get events"}
    - {evidence: logs, price: 10, say: Who complains, run: "kubectl -n shop logs deploy/load"}
    - {evidence: describe, price: 20, say: Compare, run: "kubectl -n shop describe cm front"}
    - {evidence: explanation, price: 40, say: The upstream is misspelt}
  diagnosis:
    component: {is: the front, among: [the front, CoreDNS, the network]}
    fault: {is: wrong configuration, among: [wrong configuration, no memory, no disk]}
  debrief:
    why: The ConfigMap names a host that does not exist.
    sooner: Read the ConfigMap.
    oneCommand: {run: kubectl -n shop get configmap front -o yaml, shows: "UPSTREAM: nowhere"}
    prevent: Review it.
    onEks: The same there.
    links: [config-maps]
  proof:
    fixes:
      - name: put the name back
        steps:
          - patch: {object: {kind: ConfigMap, name: front}, merge: {data: {UPSTREAM: catalog}}}
      - name: edit the name
        steps: [{edit: {object: {kind: ConfigMap, name: front}, field: data.UPSTREAM,
                        replace: nowhere, with: catalog}}]
    cheats:
      - {name: nothing at all, steps: [], caughtBy: [Customers get products]}
      - name: delete the front
        steps: [{delete: {kind: Deployment, name: front}}]
        caughtBy: [The front is ready]
      - name: one replica
        steps: [{scale: {kind: Deployment, name: front, replicas: 1}}]
        caughtBy: [The front has two replicas]
      - name: another port
        steps:
          - patch: {object: {kind: Service, name: front}, merge: {spec: {ports: [{port: 81}]}}}
        caughtBy: [The services are as they were]
"""
MANIFESTS = {
    "00-namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
    "front.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: front, namespace: shop}
data: {UPSTREAM: catalog}
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: shop}
spec: {selector: {app: front}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: front}}
  template:
    metadata: {labels: {app: front}}
    spec:
      containers:
        - {name: front, image: nginx, envFrom: [{configMapRef: {name: front}}]}
""",
    "load.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: load, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: load}}
  template:
    metadata: {labels: {app: load}}
    spec: {containers: [{name: load, image: busybox}]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop}
spec: {storageClassName: standard}
""",
}
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
"""
LINKS = "config-maps: {title: ConfigMaps, url: https://kubernetes.io/docs/}\n"
OK = "HTTP/1.1 200 OK\r\n\r\nproducts: 3\n"
BAD = "HTTP/1.1 502 Bad Gateway\r\n\r\nno such upstream\n"
KUBECTL = "kubectl/v1.34.0"


def edited(*changes: tuple[str, str]) -> str:
    """The scenario with passages replaced."""
    text = SCENARIO
    for old, new in changes:
        assert old in text, f"the scenario does not say {old!r}"
        text = text.replace(old, new, 1)
    return text


def write_pack(root: Path, *scenarios: str) -> Catalogue:
    """A pack in `root` with these scenarios; its catalogue."""
    shop = root / "manifests" / "shop"
    shop.mkdir(parents=True)
    for name, text in MANIFESTS.items():
        (shop / name).write_text(text)
    for number, text in enumerate(scenarios or (SCENARIO,)):
        folder = root / "scenarios" / "dns" / f"scenario-{number}"
        folder.mkdir(parents=True)
        (folder / "scenario.yaml").write_text(text)
        (folder / "deny.yaml").write_text(DENY)
    (root / "scenarios" / "links.yaml").write_text(LINKS)
    return Catalogue((root,))


def healthy(fake: FakeKubernetes) -> bool:
    """Whether a customer gets products now."""
    config = fake.get("ConfigMap", "front", "shop") or {"data": {}}
    front = fake.get("Deployment", "front", "shop") or {"spec": {"replicas": 0}}
    return bool(config["data"].get("UPSTREAM") == "catalog" and front["spec"]["replicas"] > 0)


def shop_behaviour() -> Behaviour:
    def ask(fake: FakeKubernetes, pod: Object, command: Sequence[str]) -> ExecResult:
        return ExecResult(0, OK if healthy(fake) else BAD, "")

    def log(fake: FakeKubernetes, pod: Object) -> str:
        code = 200 if healthy(fake) else 502
        return f"{fake.clock.now():%Y-%m-%dT%H:%M:%S.000000000Z} GET /products -> {code}\n"

    return Behaviour(exec=ask, logs=log)


def new_cluster(clock: VirtualClock) -> FakeKubernetes:
    """A cluster with a node, a StorageClass, and a DNS server's ConfigMap."""
    fake = FakeKubernetes(clock, shop_behaviour())
    fake.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node"}, "spec": {}})
    standard = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "local"}
    fake.create(standard | {"metadata": {"name": "standard"}})
    corefile = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"Corefile": "ready"}}
    fake.create(corefile | {"metadata": {"name": "coredns", "namespace": "kube-system"}})
    return fake


@dataclass
class FakeCluster:
    """Implements clusters.base.Cluster; `audit` is None where there is no log, `kept` are the
    reasons to keep it up."""

    name: str
    kubeconfig: Path
    kubernetes: FakeKubernetes
    audit: list[AuditEvent] | None = field(default_factory=list)
    hurries: bool = False
    kept: set[str] = field(default_factory=set)
    stopped: bool = False

    def keep_up(self, reason: str) -> None:
        self.kept.add(reason)

    def may_end(self, reason: str) -> None:
        self.kept.discard(reason)

    async def start(self, progress: Progress) -> None:
        """It is there already."""

    async def stop(self, progress: Progress) -> None:
        """It stays."""

    async def audit_since(self, since: datetime) -> list[AuditEvent] | None:
        if self.kubernetes.down:
            raise ClusterError("the audit log does not answer", "Is it up?")
        return None if self.audit is None else [e for e in self.audit if e.at >= since]


class World:
    """One machine with one cluster: survives the processes that play on it."""

    def __init__(self, folder: Path, *scenarios: str, made: bool = True) -> None:
        self.clock = VirtualClock()
        self.kubernetes = new_cluster(self.clock)
        self.made = made
        self.settings = Settings(data_dir=folder / "data")
        self.catalogue = write_pack(folder / "pack", *scenarios)
        self.capabilities = Capabilities(facts={"node": "node"})
        self.cluster = FakeCluster("kind:a", folder / "kubeconfig", self.kubernetes)
        self.machine = Machine(self.settings, FakePrograms({}), self.clock, folder, "breakfix")
        self.history = History(self.settings.database)
        self.held = 0
        self.opened: list[tuple[str, bool]] = []

    async def open(
        self, machine: Machine, spec: str, progress: Progress, nodes: int = 1, start: bool = True
    ) -> Session:
        """Opens the one cluster; in place of session.open_session."""
        api = self.kubernetes.api()
        await answers(api)
        self.opened.append((spec, start))
        self.held += 1
        held = contextlib.AsyncExitStack()
        held.callback(self._let_go)
        consent = Consent(self.cluster.name, "ann", "today", "0", self.made)
        return Session(self.cluster, api, consent, self.capabilities, self.place, held)

    def _let_go(self) -> None:
        self.held -= 1

    @property
    def place(self) -> str:
        system = self.kubernetes.has("Namespace", "kube-system")
        return f"{self.cluster.name}#{system['metadata']['uid']}"

    def new_process(self) -> None:
        """Forget all Python objects of the game; the file is opened anew."""
        self.history.close()
        self.history = History(self.settings.database)
        self.held = 0

    def lobby(self) -> GameLobby:
        return GameLobby(self.machine, self.history, self.catalogue, "kind:a", self.open)

    async def start(self, scenario: str = "lost-catalogue") -> Round:
        return await self.lobby().start(scenario, "7F3K", no_progress)

    async def resume(self) -> Round | None:
        return await self.lobby().resume(no_progress)

    def stage(self, loaded: LoadedScenario | None = None) -> Stage:
        found = loaded or self.catalogue.all()[0]
        return Stage(self.kubernetes.api(), found, "7F3K", {}, self.clock)

    # -- what can be seen of it -------------------------------------------------------

    def events(self) -> list[Event]:
        """The events of the newest round."""
        return self.history.events(self.history.rounds()[0].id)

    def kinds(self) -> list[str]:
        return [e.kind for e in self.events()]

    async def snapshot(self) -> Snapshot:
        return await take(self.kubernetes.api())

    async def left(self, since: Snapshot) -> list[Difference]:
        """How the cluster differs from before, once the kept base is taken away."""
        await keeping.remove(self.kubernetes.api(), self.history, self.place, self.clock)
        return difference(since, await self.snapshot())

    # -- the learner ------------------------------------------------------------------

    def learner(
        self, verb: str, resource: str, name: str = "", subresource: str = "", uri: str = "",
        namespace: str = "shop", agent: str = KUBECTL,
    ) -> None:  # fmt: skip
        """A request of the learner's that the audit log tells of."""
        assert self.cluster.audit is not None
        event = AuditEvent(
            self.clock.now(), "ann", agent, verb, resource, namespace, name, subresource, uri=uri
        )
        self.cluster.audit.append(event)

    def set_upstream(self, value: str) -> None:
        """The learner's `kubectl edit configmap front`."""
        key = ("ConfigMap", "shop", "front")
        self.kubernetes.store(key, self.kubernetes.objects[key] | {"data": {"UPSTREAM": value}})
        self.learner("patch", "configmaps", "front")

    def repair(self) -> None:
        self.set_upstream("catalog")
