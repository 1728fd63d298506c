"""The documentation says what the code does: names, fields, points and links are compared."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest

from breakfix import errors, settings
from breakfix.cli.main import INTERRUPTED, cli
from breakfix.clusters import questions
from breakfix.game import mastery, scoring
from breakfix.game.grade import GRADES
from breakfix.game.record import fold
from breakfix.scenario import hint_commands, lint_names, spec
from breakfix.scenario.checks_spec import KINDS
from breakfix.scenario.lint import lint
from breakfix.scenario.pack import load_file
from breakfix.scenario.schema import schema
from breakfix.scenario.steps_spec import STEP_KINDS
from breakfix.store.history import Event

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text("utf-8")


def rows(page: str, first: str) -> list[list[str]]:
    """The rows of the table whose header begins with `first`, cells trimmed."""
    lines = iter(page.splitlines())
    for line in lines:
        if line.startswith(f"| {first} |"):
            break
    next(lines)
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


# -- cli.md ---------------------------------------------------------------------------


def commands(group: click.Group, path: str = "breakfix") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(cli))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"\b{command}\b", text("cli.md"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_documented(command: str) -> None:
    page = text("cli.md")
    options = [o for p in COMMANDS[command].params for o in p.opts if o.startswith("--")]
    assert [option for option in options if option not in page] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_what_takes_json_has_its_shape_documented(command: str) -> None:
    takes = any("--json" in p.opts for p in COMMANDS[command].params)
    shapes = " ".join(row[0] for row in rows(text("cli.md"), "Command"))
    assert (f"`{command.removeprefix('breakfix ')}`" in shapes) is takes


def test_exit_codes_are_documented() -> None:
    codes = {int(row[0]) for row in rows(text("cli.md"), "Code")}
    of_errors = {getattr(errors, name) for name in dir(errors) if name.startswith("EXIT_")}
    assert codes == of_errors | {INTERRUPTED}


def test_every_variable_that_is_read_is_documented() -> None:
    source = Path(settings.__file__).read_text("utf-8")
    read = set(re.findall(r'environ\.get\("([A-Z_]+)"', source))
    assert {row[0].strip("`") for row in rows(text("cli.md"), "Variable")} == read


# -- scenario-format.md ---------------------------------------------------------------


def fields() -> list[tuple[str, str]]:
    found = schema()
    models = {"Scenario": found, **found["$defs"]}
    return [(model, name) for model, part in models.items() for name in part["properties"]]


@pytest.mark.parametrize(("model", "name"), fields())
def test_every_field_of_the_format_is_documented(model: str, name: str) -> None:
    first = [line for line in text("scenario-format.md").splitlines() if line.startswith("| ")]
    assert any(f"`{name}`" in line.split("|")[1] for line in first), f"{model}.{name}"


@pytest.mark.parametrize(
    "names",
    [KINDS, STEP_KINDS, lint_names.CAPABILITIES, spec.TRACKS, hint_commands.COMMANDS,
     hint_commands.FILTERS, hint_commands.FLAGS],
    ids=["checks", "steps", "capabilities", "tracks", "commands", "filters", "flags"],
)  # fmt: skip
def test_every_word_of_the_format_is_documented(names: tuple[str, ...]) -> None:
    page = text("scenario-format.md")
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_fact_of_a_cluster_is_documented() -> None:
    source = Path(questions.__file__).read_text("utf-8")
    facts = set(re.findall(r'facts\["(\w+)"\]', source))
    facts |= {*questions._node_facts([]), *questions._storage_facts({})}
    table = {row[0].strip("`") for row in rows(text("scenario-format.md"), "Placeholder")}
    assert table == {f"{{{{cluster.{fact}}}}}" for fact in facts}


def test_the_round_of_the_instructor_is_without_a_finding(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", text("writing-a-round.md"), re.DOTALL)
    links, *parts = blocks
    folder = tmp_path / "scenarios" / "network" / "service-without-pods"
    folder.mkdir(parents=True)
    (tmp_path / "scenarios" / "links.yaml").write_text(links)
    (folder / "scenario.yaml").write_text("".join(parts))
    assert [str(finding) for finding in lint(load_file(folder))] == []


# -- scoring.md -----------------------------------------------------------------------


def test_points_are_as_in_the_code() -> None:
    names = [n for n in vars(scoring) if n.isupper() and n != "VERSION"]
    documented = {row[0].strip("`"): int(row[1]) for row in rows(text("scoring.md"), "Constant")}
    assert documented == {name: getattr(scoring, name) for name in names}
    assert f"**version {scoring.VERSION}**" in text("scoring.md")


def seconds(clock: str) -> int:
    minutes, rest = clock.split(":")
    return 60 * int(minutes) + int(rest)


def events_of(row: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    _, _, _, diagnosis, hints, wrong, too_many, *_ = row
    yield "created", {"par": 300, "limit": 1200}
    yield "started", {}
    if diagnosis != "none":
        component, fault, when = (word == right for word, right in zip(
            diagnosis.split(", "), ("right", "right", "before"), strict=True))  # fmt: skip
        yield "diagnosis", {"component": "", "fault": "", "component_right": component,
                            "fault_right": fault, "before_change": when}  # fmt: skip
    if int(hints):
        yield "hint", {"index": 0, "evidence": "logs", "price": int(hints)}
    for _ in range(int(wrong)):
        yield "verify", {"passed": False, "failing": ["a check"], "held": 0.0}
    yield "changes", {"objects": [{"expected": False}] * int(too_many)}


@pytest.mark.parametrize("row", rows(text("scoring.md"), "Example"), ids=lambda row: row[0])
def test_worked_examples_are_right(row: list[str]) -> None:
    ended = BEGAN + timedelta(seconds=seconds(row[2]))
    log = [Event(i, BEGAN, *event) for i, event in enumerate(events_of(row))]
    if row[1] != "in play":
        log.append(Event(len(log), ended, row[1], {}))
    found = scoring.score(fold(log), ended)
    assert [points for _, points, _ in found.parts] == [int(cell) for cell in row[7:12]]
    assert found.total == int(row[12])


# -- learning.md ----------------------------------------------------------------------


def test_grades_are_as_in_the_code() -> None:
    assert [(row[0], int(row[1])) for row in rows(text("learning.md"), "Grade")] == list(GRADES)


def test_words_of_mastery_are_as_in_the_code() -> None:
    new, *words = rows(text("learning.md"), "Word")
    assert new[0] == mastery.NEW
    from_percent = [(word, int(least.removesuffix(" %")) / 100) for word, least in words]
    assert from_percent == list(reversed(mastery.WORDS))


# -- dependencies.md, links -----------------------------------------------------------


def test_every_dependency_is_documented() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    page = text("dependencies.md")
    names = [re.split(r"[<>=~ \[]", one)[0] for one in needed]
    assert [name for name in names if f"`{name}`" not in page] == []


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    prose = re.sub(r"```.*?```", "", page, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", [*DOCS, ROOT / "README.md"], ids=lambda path: path.name)
def test_relative_links_resolve(page: Path) -> None:
    broken = []
    for target in LINK.findall(page.read_text("utf-8")):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists() or (anchor and anchor not in anchors(path.read_text("utf-8"))):
            broken.append(target)
    assert broken == []
