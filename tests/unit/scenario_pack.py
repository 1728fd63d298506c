"""A small whole pack, written to a folder of a test."""

from __future__ import annotations

from pathlib import Path

from breakfix.scenario.loading import LoadedScenario, load

EXAMPLE = """\
apiVersion: breakfix.dev/v1
kind: Scenario
metadata:
  name: a-lost-name
  title: The shop cannot find its catalogue
  tracks: [dns]
  difficulty: 2
  objectives:
    - Tell a name that does not resolve from a service that does not answer
spec:
  brief: |
    14:02  The front page loads, every product list is empty.
  time: {par: 6m, limit: 20m}
  requires: [kube-system-write]
  parameters:
    victim: {oneOf: [catalog, db]}
    port: {range: [8080, 8089]}
  base: [manifests/shop]
  baseline:
    - name: Customers get products
      http: {from: deployment/load, url: "http://front:{{port}}/products", contains: products}
    - name: Other names resolve
      dns: {from: deployment/load, name: front.shop.svc.cluster.local}
  fault:
    - edit:
        object: {apiVersion: v1, kind: ConfigMap, namespace: kube-system, name: coredns}
        field: data.Corefile
        insertAfter: "ready\\n"
        text: "    rewrite name {{victim}}.shop.svc {{victim}}.shop-old.svc\\n"
    - restart: {kind: Deployment, namespace: kube-system, name: coredns}
    - patch:
        object: {kind: Service, name: front}
        merge: {spec: {ports: [{port: "{{port}}", name: "p{{port}}"}]}}
  symptom:
    failing: [Customers get products]
    passing: [Other names resolve]
    evidence:
      - logs: {workload: deployment/load, contains: "products -> 502"}
  checks:
    - use: Customers get products
    - use: Other names resolve
    - name: The catalogue resolves by its own name
      dns: {from: deployment/load, name: "{{victim}}.shop.svc.cluster.local"}
  guards:
    - name: CoreDNS serves with two replicas
      object: {kind: Deployment, namespace: kube-system, name: coredns}
      cel: object.status.readyReplicas >= 2
    - name: The shop's own objects are as they were
      unchanged: {namespace: shop, kinds: [Deployment, Service, ConfigMap]}
  hints:
    - {evidence: events, price: 5, say: Is anything failing, run: "kubectl -n shop get events"}
    - {evidence: logs, price: 10, say: Whom it misses, run: "kubectl -n shop logs deploy/front"}
    - evidence: debug
      price: 15
      say: Ask for two names from the same place
      run: kubectl -n shop debug -it deploy/front --image=busybox:1.36 -- nslookup {{victim}}
    - evidence: describe
      price: 20
      say: Who answers, and by which rules
      run: kubectl -n kube-system get configmap coredns -o yaml
    - {evidence: explanation, price: 40, say: A rewrite sends the name elsewhere}
  diagnosis:
    component: {is: CoreDNS, among: [CoreDNS, kube-proxy, NetworkPolicy, a node]}
    fault: {is: wrong rewrite rule, among: [wrong rewrite rule, no endpoints, blocked port]}
  debrief:
    why: CoreDNS answers NXDOMAIN for one name because a rewrite changes the question.
    sooner: nslookup of two names from one pod.
    oneCommand:
      run: kubectl -n kube-system get configmap coredns -o yaml
      shows: shop-old.svc
    prevent: Review Corefile changes like code.
    onEks: CoreDNS is an add-on there.
    links: [dns-debugging]
  proof:
    fixes:
      - name: take the rewrite out
        kind: remove the rule
        steps:
          - edit:
              object: {kind: ConfigMap, namespace: kube-system, name: coredns}
              field: data.Corefile
              remove: "(?m)^ *rewrite name .*\\\\n"
      - name: rewrite the right way round
        kind: correct the rule
        steps:
          - edit:
              object: {kind: ConfigMap, namespace: kube-system, name: coredns}
              field: data.Corefile
              replace: shop-old
              with: shop
    cheats:
      - {name: nothing at all, steps: [], caughtBy: [Customers get products]}
      - name: an address instead of a name
        steps: [{patch: {object: {kind: ConfigMap, name: front}, merge: {data: {UPSTREAM: "1"}}}}]
        caughtBy: [The shop's own objects are as they were]
      - name: a namespace for the wrong name
        steps: [{apply: cheats/shop-old.yaml}]
        caughtBy: [The catalogue resolves by its own name]
      - name: take CoreDNS down
        steps: [{scale: {kind: Deployment, namespace: kube-system, name: coredns, replicas: 0}}]
        caughtBy: [CoreDNS serves with two replicas]
"""
SHOP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"""
CHEAT = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop-old}\n"
LINKS = "dns-debugging: {title: Debugging DNS resolution, url: https://kubernetes.io/docs/}\n"


def write_pack(root: Path, scenario: str = EXAMPLE, name: str = "a-lost-name") -> Path:
    """A pack with one scenario in `root`; the path of its scenario.yaml."""
    folder = root / "scenarios" / "dns" / name
    (folder / "cheats").mkdir(parents=True)
    (root / "manifests" / "shop").mkdir(parents=True, exist_ok=True)
    (root / "manifests" / "shop" / "front.yaml").write_text(SHOP)
    (root / "scenarios" / "links.yaml").write_text(LINKS)
    (folder / "cheats" / "shop-old.yaml").write_text(CHEAT)
    path = folder / "scenario.yaml"
    path.write_text(scenario)
    return path


def example(root: Path, old: str = "", new: str = "") -> LoadedScenario:
    """The example, with one passage of it replaced, loaded from a pack in `root`."""
    assert old in EXAMPLE, f"the example does not say {old!r}"
    return load(
        write_pack(root, EXAMPLE.replace(old, new, 1) if old else EXAMPLE), (root,), "s.yaml"
    )
