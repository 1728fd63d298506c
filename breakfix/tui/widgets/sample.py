"""A few lines as they look in play, to judge a theme by."""

from __future__ import annotations

from textual.content import Content

from breakfix.tui.words import TIMES, check_mark, stacked


def sample(width: int) -> Content:  # noqa: ARG001 - what a Fitted calls
    """Marks, map, events, keys and the quieter inks."""
    return stacked([
        Content.assemble(("Verify", "$accent bold"), ("   holding 3.2 s of 5 s", "$muted")),
        Content.assemble(" ", check_mark(True), " Customers get products", ("  200", "$muted")),
        Content.assemble(" ", check_mark(False), " The catalogue resolves"),
        Content.assemble(("     saw       ", "$muted"), ("NXDOMAIN", "$error")),
        Content(""),
        Content.assemble(("shop  ", "$primary bold"), ("front ", "bold"), ("▣▣", "$success"),
                         (" ready", "$muted")),
        Content.assemble(("      db ", "bold"), ("◌", "$warning"), (" Pending", "$warning")),
        Content.assemble(("14:01 ", "$faint"), ("! BackOff ", "$warning bold"),
                         ("pod/front", "bold"), (f" {TIMES}3", "$muted")),
        Content.assemble(("$ kubectl get pods -n shop", "$primary")),
        Content(""),
        Content.assemble(("v", "$footer-key-foreground bold"), (" verify  ", "$muted"),
                         ("h", "$footer-key-foreground bold"), (" hint  ", "$muted"),
                         ("seed 7F3K", "$faint")),
    ])  # fmt: skip
