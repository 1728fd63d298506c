"""ClusterRoles that gather the rules of others by label (admin, edit, view)."""

from __future__ import annotations

from breakfix.embedded.auth.rbac import CLUSTER_ROLES
from breakfix.embedded.client import Change
from breakfix.embedded.controllers.base import Controller, Key, key_of
from breakfix.embedded.objects import Object, clone, labels_of, name_of
from breakfix.embedded.selectors import matches


class ClusterRoleAggregation(Controller):
    """Keeps the rules of every ClusterRole with an aggregationRule."""

    name = "clusterrole-aggregation-controller"

    def watch(self) -> None:
        self.on(CLUSTER_ROLES, self._aggregating)

    def _aggregating(self, change: Change) -> list[Key]:
        """All of them: any role may be part of any other. Few changes touch what matters."""
        old, new = change.old, change.new
        if old is not None and change.type == "MODIFIED" and _matter(old) == _matter(new):
            return []
        return [key_of(r) for r in self.client.list(CLUSTER_ROLES) if r.get("aggregationRule")]

    async def sync(self, key: Key) -> None:
        role = self.client.get(CLUSTER_ROLES, key[1])
        if role is None or not role.get("aggregationRule"):
            return
        rules = self._gathered(role)
        if rules != (role.get("rules") or []):
            fuller = clone(role)
            fuller["rules"] = clone(rules)
            await self.client.update(CLUSTER_ROLES, fuller)

    def _gathered(self, role: Object) -> list[Object]:
        roles = sorted(self.client.list(CLUSTER_ROLES), key=name_of)
        found: list[Object] = []
        for selector in role["aggregationRule"].get("clusterRoleSelectors") or []:
            for other in roles:
                if name_of(other) != name_of(role) and matches(selector, labels_of(other)):
                    found += [r for r in other.get("rules") or [] if r not in found]
        return found


def _matter(role: Object) -> tuple[object, object, object]:
    return role.get("rules"), role.get("aggregationRule"), labels_of(role)
