"""A whole round, played as a person plays it: by keys in a terminal, on the embedded cluster.

From the welcome of the very first start to the debrief and out again; what is done in the
cluster is done by kubectl in the shell pane.
"""

from __future__ import annotations

import shutil

import pytest

from tests.terminal.conftest import Home
from tests.terminal.driver import SMALL, WIDE, Driven

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(not shutil.which("bash"), reason="needs bash: apt install bash"),
]
FIRST_ROUND = "identity-wrong-namespace"
REPAIR = (
    "kubectl -n shop patch rolebinding pricing --type=json "
    """-p '[{"op": "replace", "path": "/subjects/0/namespace", "value": "shop"}]'"""
)


def start(app: Driven) -> None:
    """The welcome of the first start leads into the first round in three keys."""
    for page in ("● ○ ○", "● ● ○", "● ● ●"):
        app.wait_for(page)
        app.press("enter")
    app.wait_for("Setting up")
    app.wait_for("shop $", 60)


def look(app: Driven) -> None:
    """Evidence in the pane: the log says 403, and the game has seen that it was read."""
    app.send("clear; k -n shop logs deploy/pricing --tail=2\r")
    app.wait_for("GET prices -> 403")
    app.until(lambda: "✓ logs" in app.text or "seen: logs" in app.text, what="logs, as seen")


def complete(app: Driven) -> None:
    """k is kubectl, and Tab knows the names that are in the cluster."""
    app.send("clear; k -n shop get rolebinding pri\t")
    app.wait_for("get rolebinding pricing")
    app.send("-o name\r")
    app.wait_for("rolebinding.rbac.authorization.k8s.io/pricing")


def take_a_hint(app: Driven) -> None:
    """The ladder, a rung bought, its command shown."""
    app.press("f3")
    app.wait_for("y buy it")
    app.press("y")
    app.wait_for("Buy it")
    app.press("y")
    app.wait_for("bought")
    app.press("escape")
    app.gone("What you look at yourself")


def diagnose(app: Driven) -> None:
    """Component and fault by typing a part of their names."""
    app.press("f4")
    app.wait_for("What is broken, and how?")
    app.send("rolebinding")
    app.wait_for("/rolebinding")
    app.press("enter")
    app.wait_for("● RoleBinding pricing")
    app.send("subject")
    app.wait_for("/subject")
    app.press("enter")
    app.wait_for("enter gives this answer")
    app.press("enter")
    app.wait_for("Back to the round")
    assert "before you changed anything" in app.text
    app.press("enter")
    app.gone("Back to the round")


def verify_in_vain(app: Driven) -> None:
    """A verify of what is not repaired says what was expected and what was seen."""
    app.press("f2")
    app.wait_for("Not solved", 40)
    assert "denied" in app.text
    app.press("escape")
    app.gone("Not solved.")


def repair(app: Driven) -> None:
    """By kubectl; then the verify passes, and the debrief comes."""
    app.send(f"clear; {REPAIR}\r")
    app.wait_for("patched")
    app.press("f2")
    app.wait_for("✓ Solved", 60)
    app.press("enter")  # past the moment
    app.wait_for("S O L V E D")
    app.press("enter")
    app.wait_for("Why it broke", 30)


def leave(app: Driven, home: Home) -> None:
    """The debrief written down, the cluster put back, and out."""
    app.press("x")
    app.wait_for("draft of a postmortem")
    app.press("m")
    app.gone("draft of a postmortem")
    app.until(lambda: any((home.folder / "debriefs").glob("*.md")), what="the file")
    (written,) = (home.folder / "debriefs").glob("*.md")
    assert "RoleBinding" in written.read_text()
    app.press("q")
    assert app.ended(60) == 0
    assert app.settings()[:4] == app.before[:4]


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["120x40", "80x24"])
def test_a_round_from_the_first_start_to_the_end(home: Home, size: tuple[int, int]) -> None:
    with home.play(size=size) as app:
        start(app)
        complete(app)
        look(app)
        take_a_hint(app)
        diagnose(app)
        verify_in_vain(app)
        repair(app)
        assert "Solved in" in app.text
        leave(app, home)
    history = home.breakfix("history", "--json").stdout
    assert FIRST_ROUND in history
    assert "solved" in history


def test_kubectl_edit_opens_the_editor_in_the_pane(home: Home) -> None:
    if not shutil.which("vim"):
        pytest.skip("needs vim: apt install vim")
    with home.play(FIRST_ROUND) as app:
        app.wait_for("shop $", 60)
        app.send("EDITOR='vim -u NONE -N' k -n shop edit rolebinding pricing\r")
        app.wait_for("Please edit the object below")
        app.send("/namespace: shop-\r" if "shop-" in app.text else "G?namespace:\r")
        app.send(":%s/^  namespace: \\(shop-staging\\|default\\|shop-test\\)$/  namespace: shop/\r")
        app.send(":wq\r")
        app.wait_for("rolebinding.rbac.authorization.k8s.io/pricing edited")
