"""Structs as messages show them."""

from __future__ import annotations

from breakfix.embedded.kinds.core.diffs import spec_diff
from breakfix.embedded.schema.internal import go_escaped, internal


def test_every_field_is_there_in_the_servers_order() -> None:
    found = internal("rbac.RoleRef", {"kind": "Role", "name": "x"})
    assert list(found.items()) == [("APIGroup", ""), ("Kind", "Role"), ("Name", "x")]


def test_what_a_pod_shares_with_its_host_is_in_its_security_context() -> None:
    found = internal("core.PodSpec", {"hostNetwork": True, "containers": [{"name": "a"}]})
    assert found["SecurityContext"]["HostNetwork"] is True
    assert found["Containers"][0]["Ports"] is None
    assert found["Containers"][0]["Resources"] == {"Limits": None, "Requests": None, "Claims": None}


def test_a_source_of_a_volume_stands_among_the_volumes_fields() -> None:
    [volume] = internal("core.PodSpec", {"volumes": [{"name": "v", "emptyDir": {}}]})["Volumes"]
    assert volume["Name"] == "v"
    assert volume["EmptyDir"] == {"Medium": "", "SizeLimit": None}
    assert volume["HostPath"] is None


def test_a_difference_shows_three_lines_around() -> None:
    was, now = {"accessModes": ["ReadWriteOnce"]}, {"accessModes": ["ReadOnlyMany"]}
    assert spec_diff("core.PersistentVolumeClaimSpec", was, now) == (
        '@@ -1,6 +1,6 @@\n {\n  "AccessModes": [\n-  "ReadWriteOnce"\n+  "ReadOnlyMany"\n'
        '  ],\n  "Selector": null,\n  "Resources": {\n'
    )


def test_go_escapes_what_could_be_markup() -> None:
    assert go_escaped('"a<b&c>"') == '"a\\u003cb\\u0026c\\u003e"'
