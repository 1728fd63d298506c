"""The exports: a draft of a postmortem, a picture, a line to share; hostile names in all."""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.clock import VirtualClock
from breakfix.errors import ExportError, UsageError
from breakfix.game.model import Change, Debrief, DiagnosisView, Moment, State
from breakfix.game.postmortem import png as drawing
from breakfix.game.postmortem.blast import blast_of, blast_words
from breakfix.game.postmortem.comparison import is_best, parts, times, totals
from breakfix.game.postmortem.files import (
    FORMATS,
    export,
    export_beside,
    file_name,
    notes_of,
)
from breakfix.game.postmortem.html import html
from breakfix.game.postmortem.markdown import markdown
from breakfix.game.postmortem.palette import LIGHT, PAGE, Palette
from breakfix.game.postmortem.picture import svg
from breakfix.game.postmortem.png import png
from breakfix.game.postmortem.reflection import went_badly, went_well
from breakfix.game.postmortem.share import rhythm, share_line
from tests.tui.debriefs import LINKS, LOOKUP, SHOWS, debrief_of
from tests.tui.fakes import open_round

HOSTILE = "</title><script>alert('x')</script>\x00\x1b[31m&\"'`|<img src=x onerror=y>"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def debrief(tmp_path: Path) -> Debrief:
    """A round solved in 05:31."""
    fake = open_round(VirtualClock(), tmp_path, 331.0)
    fake.give_up()
    fake.state = State.SOLVED
    return debrief_of(fake.view(), 331.0, solved=True)


@pytest.fixture
def hostile(debrief: Debrief) -> Debrief:
    """The same with names that try to be markup, wherever names come from outside."""
    meta = debrief.view.scenario.metadata.model_copy(update={"title": HOSTILE})
    scenario = debrief.view.scenario.model_copy(update={"metadata": meta})
    return replace(
        debrief,
        view=replace(debrief.view, scenario=scenario, cluster=HOSTILE),
        timeline=(*debrief.timeline, Moment(5, "change", HOSTILE)),
        typed=(Moment(5, "change", f"```\n{HOSTILE}"),),
        changes=(Change("created", "Secret", HOSTILE, HOSTILE, f"+{HOSTILE}\n```", False),),
        links=((HOSTILE, "javascript:alert(1)"), *LINKS),
    )


def test_the_one_command_and_what_it_shows_are_in_the_draft(debrief: Debrief) -> None:
    told, page = markdown(debrief), html(debrief)
    assert f"```sh\n{LOOKUP}\n```" in told
    assert f"What to look for in its answer:\n\n```text\n{SHOWS}\n```" in told
    assert "NXDOMAIN</code>" in page
    guessed = markdown(replace(debrief, one_command_shows=""))
    assert "What to look for" not in guessed


# -- the blast radius -----------------------------------------------------------------


def change(kind: str, namespace: str, name: str, expected: bool = True) -> Change:
    return Change("changed", kind, namespace, name, "", expected)


def test_the_blast_radius_counts_objects_and_places() -> None:
    blast = blast_of((
        change("ConfigMap", "kube-system", "coredns"), change("Secret", "shop", "x", False),
        change("StorageClass", "", "fast", False),
    ))  # fmt: skip
    assert (blast.objects, blast.expected, blast.cluster_wide) == (3, 1, 1)
    assert blast.unexpected == ("Secret shop/x", "StorageClass fast")
    assert blast.namespaces == ("kube-system", "shop")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((), "Nothing was changed."),
        ((change("ConfigMap", "shop", "a"),),
         "1 object in namespace shop. Known fixes change it too."),
        ((change("Secret", "shop", "a", False), change("ClusterRole", "", "b")),
         "2 objects in namespace shop, 1 cluster-wide. 1 as expected, 1 that no known fix needs: "
         "Secret shop/a."),
        (tuple(change("Pod", "x", str(n), False) for n in range(5)),
         "5 objects in namespace x. 0 as expected, 5 that no known fix needs: Pod x/0, Pod x/1, "
         "Pod x/2 and 2 more."),
    ],
)  # fmt: skip
def test_the_blast_radius_in_words(
    debrief: Debrief, changes: tuple[Change, ...], words: str
) -> None:
    assert blast_words(replace(debrief, changes=changes)) == words


def test_a_blast_radius_that_nobody_could_measure_is_not_nought(debrief: Debrief) -> None:
    unknown = replace(debrief, changes=(), stock_taken=False)
    assert "not known" in blast_words(unknown)
    assert "not known" in markdown(unknown)


# -- beside the best and par ----------------------------------------------------------


def test_every_part_stands_beside_the_best_and_par(debrief: Debrief) -> None:
    rows = {row.name: (row.points, row.best, row.par) for row in parts(debrief)}
    assert rows["diagnosis"] == (0, 15, 20)
    assert rows["hints"] == (0, -4, 0)
    assert (totals(debrief).points, totals(debrief).best, totals(debrief).par) == (80, 91, 100)
    assert [(t.at, t.best) for t in times(debrief)] == [(65, 20), (182, 95), (331, 250)]


def test_the_first_round_has_nothing_to_stand_beside(debrief: Debrief) -> None:
    first = replace(debrief, best_round=None)
    assert {row.best for row in parts(first)} == {None}
    assert not is_best(first)


def test_the_shorter_one_of_two_equal_rounds_is_best(debrief: Debrief) -> None:
    assert debrief.best_round is not None
    same = replace(debrief.best_round, score=debrief.view.score)
    assert not is_best(replace(debrief, best_round=same))
    assert is_best(replace(debrief, best_round=replace(same, elapsed=400)))


# -- what went well and badly ---------------------------------------------------------


def test_what_speaks_for_the_round_and_what_does_not(debrief: Debrief) -> None:
    right = DiagnosisView("CoreDNS", "wrong rewrite", True, True, True)
    good = replace(debrief, view=replace(debrief.view, diagnosis=right))
    assert list(went_well(good)) == [
        "Mitigated 00:29 before par.", "Found without a hint.",
        "The diagnosis was right, and made before anything was changed.",
        "The first verify passed.", "Nothing was changed that the repair did not need.",
    ]  # fmt: skip
    assert list(went_badly(good)) == []


def test_what_went_badly(debrief: Debrief) -> None:
    wrong = DiagnosisView("kube-proxy", "no endpoints", False, False, True)
    hints = tuple(replace(h, bought=h.index == 0) for h in debrief.view.hints)
    view = replace(
        debrief.view, diagnosis=wrong, hints=hints, wrong_verifies=2, elapsed=400.0,
    )  # fmt: skip
    bad = replace(debrief, view=view, changes=(change("Secret", "shop", "x", False),))
    assert list(went_badly(bad)) == [
        "Mitigated 00:40 after par.", "Hints were needed: events.",
        "The diagnosis had the wrong component and the wrong fault.",
        "It was thought to be solved 2 times before it was.",
        "Changed without need: Secret shop/x.",
    ]  # fmt: skip


# -- Markdown -------------------------------------------------------------------------


def test_markdown_is_the_draft_of_a_postmortem(debrief: Debrief) -> None:
    text = markdown(debrief, "it was DNS")
    heads = re.findall(r"(?m)^## (.*)$", text)
    assert heads == [
        "Summary", "Impact", "Timeline", "Detection", "Root cause", "Resolution", "Valid fixes",
        "What went well", "What went badly", "Action items", "Score", "Notes taken in the round",
        "Read on",
    ]  # fmt: skip
    assert "```diff\n--- after the fault" in text
    assert "| locate | 03:02 | 01:35 |" in text
    assert "| diagnosis | 0 | 15 | 20 | component and fault named before a change |" in text
    assert "- [ ] Prevent: Keep the Corefile" in text
    assert "it was DNS" in text


def test_markdown_tells_what_was_learnt(debrief: Debrief) -> None:
    assert "\nMastery dns 62 → 70 %; due in 9 days.\n" in markdown(debrief)
    assert "Mastery dns" not in markdown(replace(debrief, learnt=None))


def test_markdown_without_notes_has_no_head_for_them(debrief: Debrief) -> None:
    assert "Notes" not in markdown(debrief, " \n")


def test_markdown_says_that_there_was_no_audit_log(debrief: Debrief) -> None:
    blind = replace(debrief, view=replace(debrief.view, has_audit=False))
    assert "no audit log" in markdown(blind)
    assert "no audit log" not in markdown(debrief)


def test_markdown_lets_no_markup_in(hostile: Debrief) -> None:
    text = markdown(hostile, "````\n<b>notes</b>")
    outside = re.sub(r"(?ms)^(`{3,})\w*$.*?^\1$", "", text)
    assert "<script" not in outside
    assert "<img" not in outside
    assert "\x00" not in outside
    rows = [line for line in outside.splitlines() if line.startswith("| 00:05")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [4]


# -- HTML -----------------------------------------------------------------------------


class Page(HTMLParser):
    """What is in a page: its tags, the addresses it leads to, and whether tags are closed."""

    VOID = ("meta", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[tuple[str, str, str]] = []
        self.handlers: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href", "action", "data", "xlink:href"):
                self.addresses.append((tag, name, value or ""))
            if name.startswith("on"):
                self.handlers.append(name)
        if tag not in self.VOID and self.get_starttag_text()[-2:] != "/>":  # type: ignore[index]
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()


def test_the_page_needs_nothing_from_elsewhere(debrief: Debrief) -> None:
    text = html(debrief)
    page = Page(text)
    assert page.addresses == [("a", "href", url) for _, url in LINKS]
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object", "base"})
    assert "url(" not in text
    assert "@import" not in text
    assert page.open == []


def test_the_page_is_light_or_dark_and_prints(debrief: Debrief) -> None:
    text = html(debrief)
    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media print" in text


def test_the_page_lets_no_markup_in(hostile: Debrief) -> None:
    page = Page(html(hostile, HOSTILE))
    assert page.tags.isdisjoint({"script", "img"})
    assert page.handlers == []
    assert [url for _, _, url in page.addresses] == [url for _, url in LINKS]
    assert page.open == []


def test_what_was_taken_out_and_put_in_is_marked_and_signed(debrief: Debrief) -> None:
    text = html(debrief)
    assert "<del>-    rewrite name catalog.shop.svc.cluster.local nowhere.invalid</del>" in text
    assert "<span>--- after the fault</span>" in text


# -- the picture ----------------------------------------------------------------------


def parsed(text: str) -> ElementTree.Element:
    """The picture as XML; fails where it is none."""
    return ElementTree.fromstring(text)  # noqa: S314 - our own


@pytest.mark.parametrize("colours", [LIGHT, PAGE])
def test_the_picture_is_valid_xml(hostile: Debrief, colours: Palette) -> None:
    root = parsed(svg(hostile, colours))
    assert root.tag == f"{SVG}svg"
    assert root.findall(f".//{SVG}script") == []


@given(
    st.lists(st.builds(Moment, at=st.floats(0, 9000), kind=st.text(max_size=9), text=st.text())),
    st.text(max_size=200),
)
def test_the_picture_is_valid_xml_whatever_happened(found: list[Moment], title: str) -> None:
    fake = open_round(VirtualClock(), Path("/nowhere"))
    meta = fake.scenario.metadata.model_copy(update={"title": title})
    fake.scenario = fake.scenario.model_copy(update={"metadata": meta})
    fake.give_up()
    drawn = replace(debrief_of(fake.view(), 331.0, solved=False), timeline=tuple(found))
    assert parsed(svg(drawn)).attrib["viewBox"] == "0 0 1200 675"


def test_the_picture_tells_figures_and_no_cause(debrief: Debrief) -> None:
    root = parsed(svg(debrief))
    words = " ".join(t.text or "" for t in root.iter(f"{SVG}text"))
    assert "Solved in 05:31" in words
    assert "A name that nobody can find" in words
    assert spoilers(debrief, words) == set()


def test_a_png_is_one_of_twice_the_size(debrief: Debrief) -> None:
    data = png(svg(debrief))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == (2400, 1350)


def test_without_a_font_there_is_no_png_without_words(
    debrief: Debrief, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "_has_letters", lambda: False)
    with pytest.raises(ExportError, match="no font"):
        png(svg(debrief))


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(ExportError, match="could not be drawn"):
        png("no picture")


# -- the line to share ----------------------------------------------------------------


def spoilers(debrief: Debrief, text: str) -> set[str]:
    """Words of the cause that are in a text: of component, fault, explanation and fixes. The
    title is what everybody sees in the list of rounds."""
    meta, spec = debrief.view.scenario.metadata, debrief.view.scenario.spec
    answers = spec.diagnosis
    told = " ".join((answers.component.is_, answers.fault.is_, spec.debrief.why, *debrief.fixes))
    public = f"{meta.title} best"
    return (_words(told) - _words(public)) & (_words(text) - _words(public))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def test_the_line_has_time_score_and_seed_and_no_cause(debrief: Debrief) -> None:
    line = share_line(debrief)
    title = "A name that nobody can find"
    rest = "●●○○○ 05:31/06:00 ★80 [▁▂▃▄▅▆▇█]{10} seed 7F3K"
    assert re.fullmatch(f"breakfix “{title}” {rest}", line)
    assert spoilers(debrief, line) == set()
    assert debrief.view.scenario.metadata.name not in line


def test_a_spoiler_would_be_found(debrief: Debrief) -> None:
    assert "corefile" in spoilers(debrief, "look into the Corefile")


def test_a_round_that_was_given_up_has_no_star(debrief: Debrief) -> None:
    line = share_line(replace(debrief, view=replace(debrief.view, outcome=State.GIVEN_UP)))
    assert "★" not in line
    assert "✗ given up" in line


@given(st.lists(st.builds(Moment, at=st.floats(0, 9000), kind=st.just("look"), text=st.just("")),
                min_size=1))  # fmt: skip
def test_the_rhythm_has_ten_bars_and_its_most_is_full(found: list[Moment]) -> None:
    fake = open_round(VirtualClock(), Path("/nowhere"))
    bars = rhythm(replace(debrief_of(fake.view(), 1, solved=False), timeline=tuple(found)))
    assert len(bars) == 10
    assert "█" in bars


# -- files ----------------------------------------------------------------------------


def test_files_are_named_by_day_round_and_seed(debrief: Debrief) -> None:
    assert file_name(debrief, "md") == "2026-01-01-a-name-that-nobody-can-find-7F3K.md"


@pytest.mark.parametrize("ending", list(FORMATS))
def test_an_export_is_private_and_replaces_nothing(
    debrief: Debrief, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"out.{ending}"
    export(debrief, "", ending, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        export(debrief, "notes", ending, path)
    assert path.read_bytes() == before


def test_a_file_is_replaced_where_that_is_wanted(debrief: Debrief, tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    path.write_text("old")
    path.chmod(0o644)
    export(debrief, "", "md", path, replace=True)
    assert path.read_text().startswith("# Postmortem")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["out.md"]


@pytest.mark.parametrize("replace_it", [False, True])
def test_a_disk_that_refuses_is_said_in_words(
    debrief: Debrief, tmp_path: Path, replace_it: bool
) -> None:
    with pytest.raises(ExportError, match="No such file or directory"):
        export(debrief, "", "md", tmp_path / "nowhere" / "out.md", replace_it)


@pytest.mark.parametrize("replace_it", [False, True])
def test_a_disk_that_is_full_leaves_nothing_half(
    debrief: Debrief, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replace_it: bool
) -> None:
    real = os.fdopen

    def full(handle: int, mode: str) -> IO[bytes]:
        file: IO[bytes] = real(handle, mode)
        file.write(b"half")
        file.close()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(ExportError, match="No space left on device"):
        export(debrief, "", "md", tmp_path / "out.md", replace_it)
    assert list(tmp_path.iterdir()) == []


def test_a_second_export_gets_a_name_of_its_own(debrief: Debrief, tmp_path: Path) -> None:
    folder = tmp_path / "debriefs"
    names = [export_beside(debrief, "", "md", folder).name for _ in range(3)]
    stem = "2026-01-01-a-name-that-nobody-can-find-7F3K"
    assert names == [f"{stem}.md", f"{stem}-2.md", f"{stem}-3.md"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_notes_that_are_not_there_are_empty(tmp_path: Path) -> None:
    assert notes_of(tmp_path, "round-1") == ""
