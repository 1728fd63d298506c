"""The map: what `kubectl get` would list, namespace by namespace, by shape and word."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from breakfix.clusters.live_picture import (
    Claim,
    Link,
    Picture,
    Place,
    Service,
    Shape,
    Workload,
)
from breakfix.tui.widgets.fitted import Fitted
from breakfix.tui.words import NONE

STYLES = {
    Shape.READY: "$success",
    Shape.RUNNING: "$warning",
    Shape.WAITING: "$warning",
    Shape.FAILING: "$error",
    Shape.DONE: "$muted",
}
LEGEND = "▣ ready  ▢ running  ◌ waiting  ✗ failing"
GAP = 3
ELSEWHERE = "default"


def workload_cell(workload: Workload) -> Content:
    """`front ▣▣ ready`, or `db ◌ 0/1 Pending`."""
    pods = [(pod.shape.value, STYLES[pod.shape]) for pod in workload.pods]
    none = [(NONE, "$error")] if workload.desired and not pods else []
    odd = [p.shape for p in workload.pods if p.shape is not Shape.READY]
    style = STYLES[odd[0]] if odd else "$error" if none else "$muted"
    name = workload.name if workload.kind != "Pod" else f"pod/{workload.name}"
    restarts = sum(pod.restarts for pod in workload.pods)
    again = (f" ↻{restarts}", "$muted") if restarts else ""
    return Content.assemble((name, "bold"), " ", *pods, *none, " ", (workload.word, style), again)


def service_cell(service: Service) -> Content:
    """`svc front → 2`: how many endpoints are ready."""
    if service.type == "ExternalName":
        return Content.assemble(("svc ", "$muted"), service.name, (" external", "$muted"))
    count = (str(service.endpoints), "" if service.endpoints else "$error bold")
    head = " headless" if service.type == "Headless" else ""
    return Content.assemble(("svc ", "$muted"), service.name, (f"{head} → ", "$muted"), count)


def claim_cell(claim: Claim) -> Content:
    """`claim data Bound`."""
    style = "$muted" if claim.phase == "Bound" else "$warning"
    return Content.assemble(("claim ", "$muted"), claim.name, " ", (claim.phase, style))


def policy_cell(name: str) -> Content:
    """`policy default-deny`."""
    return Content.assemble(("policy ", "$muted"), name)


def packed(cells: list[Content], width: int) -> list[Content]:
    """Cells side by side in columns of one width, in as few lines as fit."""
    if not cells:
        return []
    widest = max(cell.cell_length for cell in cells) + GAP
    columns = max(1, width // widest)
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    return [Content.assemble(*(cell.pad_right(widest - cell.cell_length) for cell in row))
            for row in rows]  # fmt: skip


def place_lines(place: Place, indent: int, width: int) -> list[Content]:
    """A namespace: its name at the left, workloads first, then what serves them."""
    room = max(20, width - indent)
    lines = packed([workload_cell(w) for w in place.workloads], room)
    lines += packed([service_cell(s) for s in place.services if _of_interest(place, s)], room)
    others = [claim_cell(c) for c in place.claims] + [policy_cell(p) for p in place.policies]
    lines += packed(others, room)
    names = [place.namespace, *[""] * len(lines)]
    return [
        Content.assemble((name.ljust(indent), "$primary bold"), line)
        for name, line in zip(names, lines, strict=False)
    ]


def _of_interest(place: Place, service: Service) -> bool:
    """The API server's own Service says nothing about the round."""
    return (place.namespace, service.name) != (ELSEWHERE, "kubernetes")


def map_content(picture: Picture, width: int) -> Content:
    """The whole map, or why there is none."""
    notice = link_notice(picture)
    if not picture.places:
        return notice or Content.from_markup("[$muted]nothing yet[/]")
    indent = max(len(p.namespace) for p in picture.places) + 2
    lines = [line for p in picture.places for line in place_lines(p, indent, width)]
    legend = Content.assemble((LEGEND, "$faint"))
    return Content("\n").join([*([notice] if notice else []), *lines, legend])


def link_notice(picture: Picture) -> Content | None:
    """What to say while the cluster does not answer."""
    if picture.link is Link.LIVE:
        return None
    if picture.link is Link.CONNECTING:
        return Content.from_markup("[$muted]connecting to the cluster…[/]")
    return Content.assemble(
        ("The cluster does not answer. ", "$error bold"), (picture.trouble, "$error"),
        ("\nIt is asked again all the time; `breakfix doctor` says what is up.", "$muted"),
    )  # fmt: skip


class MapPane(VerticalScroll, can_focus=True):
    """Shows a picture; knows nothing of how it came about."""

    def __init__(self, *, id: str = "map") -> None:
        super().__init__(id=id, classes="pane tab")

    def compose(self) -> ComposeResult:
        yield Fitted(partial(map_content, Picture()), id="map-text")

    def show(self, picture: Picture) -> None:
        """Show this picture from now on."""
        self.query_one(Fitted).fit(partial(map_content, picture))
