"""Manifests by name: found inside the pack only, checked, and in the order to apply."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakfix.errors import ScenarioError
from breakfix.scenario.loading import load
from breakfix.scenario.manifests import Source, applied, objects
from breakfix.scenario.templates import Values
from tests.unit.scenario_pack import example, write_pack

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(write_pack(tmp_path / "pack").parent, (tmp_path / "pack",))


def refused(source: Source, name: str) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        objects(source, (name,))
    return caught.value


def kinds(source: Source, *names: str) -> list[str]:
    return [item["kind"] for item in objects(source, names)]


def test_a_folder_is_its_files_in_order_of_use(source: Source) -> None:
    assert kinds(source, "manifests/shop") == ["Namespace", "Deployment"]


def test_files_of_a_folder_are_read_in_sorted_order(source: Source) -> None:
    for name in ("z", "b"):
        text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\n"
        (source.roots[0] / "manifests" / "shop" / f"{name}.yaml").write_text(text)
    names = [item["metadata"]["name"] for item in objects(source, ["manifests/shop"])]
    assert names == ["shop", "b", "front", "z"]


def test_other_names_are_beside_the_scenario(source: Source) -> None:
    assert kinds(source, "cheats/shop-old.yaml") == ["Namespace"]


def test_one_folder_up_is_fine_inside_the_pack(source: Source) -> None:
    (source.folder.parent / "pod.yaml").write_text(POD)
    assert kinds(source, "../pod.yaml") == ["Pod"]


def test_the_builtin_pack_lends_its_manifests(source: Source, tmp_path: Path) -> None:
    write_pack(tmp_path / "other", name="other")
    other = Source(tmp_path / "other", (tmp_path / "other", source.roots[0]))
    (source.roots[0] / "manifests" / "lent.yaml").write_text(POD)
    assert kinds(other, "manifests/lent.yaml") == ["Pod"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../../../../outside.yaml", "../../../../outside.yaml: leads out of the pack"),
        ("manifests/../../outside.yaml", "manifests/../../outside.yaml: leads out of the pack"),
        ("/etc/hostname", "'/etc/hostname' cannot name a manifest"),
        ("", "'' cannot name a manifest"),
        ("a\0b", "'a\\x00b' cannot name a manifest"),
        ("none.yaml", "none.yaml: there is no such file or folder beside the scenario"),
        ("manifests/none", "manifests/none: there is no such file or folder in the pack"),
        ("manifests", "manifests: the folder holds no *.yaml file"),
    ],
)
def test_a_bad_name_is_refused(source: Source, tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "outside.yaml").write_text(POD)
    assert refused(source, name).message == message


def test_a_symlink_out_of_the_pack_is_refused(source: Source, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(POD)
    (source.folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert refused(source, "link.yaml").message == "link.yaml: leads out of the pack"


def test_a_symlink_inside_of_a_folder_is_refused_too(source: Source, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text(POD)
    (source.roots[0] / "manifests/shop/link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert refused(source, "manifests/shop").message == "manifests/shop: leads out of the pack"


def test_a_loop_of_symlinks_is_refused(source: Source) -> None:
    (source.folder / "a.yaml").symlink_to(source.folder / "a.yaml")
    assert refused(source, "a.yaml").message.startswith("a.yaml: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: Pod\n", "x.yaml:1:1: apiVersion: missing; it is needed here\n"
         "x.yaml:1:1: metadata.name: missing; it is needed here"),
        ("---\n- 3\n", "x.yaml:2:3: [0]: expected a Kubernetes object"),
        ("a: {{x}}\n", "x.yaml:1:5: a key must be text"),
        (POD + "spec: {nodeName: '{{node}}'}\n",
         "x.yaml:4:18: spec.nodeName: unknown placeholder {{node}}; known here: victim"),
        ("kind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n",
         "x.yaml:3:3: items[0].metadata.name: missing; it is needed here"),
        (POD + "a: [\n", "x.yaml:5:1: this is not YAML: while parsing a flow node; "
         "did not find expected node content"),
    ],
)  # fmt: skip
def test_a_bad_manifest_is_said_with_its_line(source: Source, text: str, message: str) -> None:
    (source.folder / "x.yaml").write_text(text)
    filled = Source(source.folder, source.roots, Values({"victim": "db"}))
    where = "scenarios/dns/a-lost-name/x.yaml"
    assert refused(filled, "x.yaml").message == message.replace("x.yaml", where)


def test_lists_are_flattened_and_placeholders_filled_in(source: Source) -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: Pod, metadata: {name: '{{victim}}'}, n: '{{port}}'}\n"
        "- {kind: List, items: [{apiVersion: v1, kind: Secret, metadata: {name: b}}]}\n"
    )
    (source.folder / "x.yaml").write_text(text)
    values = Values({"victim": "db", "port": 80})
    found = objects(Source(source.folder, source.roots, values), ["x.yaml"])
    assert [(item["kind"], item["metadata"]["name"]) for item in found] == [
        ("Secret", "b"),
        ("Pod", "db"),
    ]
    assert found[1]["n"] == 80


def test_objects_are_ordered_by_what_stands_on_what(source: Source) -> None:
    order = [
        "Namespace", "CustomResourceDefinition", "StorageClass", "PersistentVolume",
        "ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Service",
        "PersistentVolumeClaim", "NetworkPolicy", "Deployment", "Widget",
        "ValidatingWebhookConfiguration",
    ]  # fmt: skip
    written = [
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}} for kind in sorted(order)
    ]
    assert [item["kind"] for item in applied(source, written)] == order


def test_objects_in_place_are_copies(source: Source) -> None:
    written = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}
    applied(source, [written])[0]["metadata"]["name"] = "y"
    assert written["metadata"] == {"name": "x"}


def test_objects_in_place_need_a_name(source: Source) -> None:
    with pytest.raises(ScenarioError) as caught:
        applied(source, [{"apiVersion": "v1", "kind": "Pod"}])
    assert caught.value.message == "apply:1:1: [0].metadata.name: missing; it is needed here"


@pytest.mark.parametrize(
    "part",
    [
        "scenarios/dns/a-lost-name/cheats/shop-old.yaml",
        "scenarios/dns/a-lost-name/scenario.yaml",
        "manifests/shop/front.yaml",
        "manifests/shop/second.yaml",
    ],
)
def test_the_digest_follows_every_file(tmp_path: Path, part: str) -> None:
    path = write_pack(tmp_path)
    (tmp_path / "manifests/shop/second.yaml").write_text(POD)
    before = load(path, (tmp_path,)).digest
    with (tmp_path / part).open("a") as file:
        file.write("# changed\n")
    assert load(path, (tmp_path,)).digest != before


def test_the_digest_does_not_follow_the_place(tmp_path: Path) -> None:
    assert example(tmp_path / "a").digest == example(tmp_path / "b").digest
