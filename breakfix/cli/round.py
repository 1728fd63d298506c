"""`breakfix round ...`: the same game without the terminal, one step a command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from breakfix.cli import shape
from breakfix.cli.exporting import export_options, tell_debrief
from breakfix.cli.names import cluster_option, complete_round, scenario_argument, seed_option
from breakfix.cli.output import emit, json_option, progress
from breakfix.cli.setting import lobby, run
from breakfix.errors import EXIT_NOT_SOLVED, RoundError

if TYPE_CHECKING:
    from breakfix.game.round import Round


@click.group("round")
def round_group() -> None:
    """A round without the terminal, step by step; each command takes --json."""


@asynccontextmanager
async def _open() -> AsyncIterator[Round]:
    """The open round; let go of again at the end of the command."""
    found = await lobby().resume(progress)
    if found is None:
        raise RoundError("no round is open", "Start one: `breakfix round start NAME`.")
    try:
        await found.refresh()
        yield found
    finally:
        await found.leave()


@round_group.command()
@scenario_argument
@cluster_option
@seed_option
@json_option
def start(name: str, cluster_name: str, seed: str, as_json: bool) -> None:
    """Set a round up; returns when its clock runs."""

    async def work() -> None:
        found = await lobby(cluster_name).start(name, seed, progress)
        view, path = found.view(), found.kubeconfig
        await found.leave()
        data = shape.round_data(view) | {"kubeconfig": str(path)}
        emit(data, as_json, lambda: f"{shape.round_text(view)}\n\nexport KUBECONFIG={path}")

    run(work())


@round_group.command()
@json_option
def status(as_json: bool) -> None:
    """The open round. One that was cut off before its clock ran, or while the cluster was
    being put back, is put back and closed."""

    async def work() -> None:
        before = lobby().open_round()
        found = await lobby().resume(progress)
        if found is not None:
            view = await found.refresh()
            await found.leave()
            emit(shape.round_data(view), as_json, lambda: shape.round_text(view))
            return
        words = "no round is open"
        if before is not None:
            words = f"{before.scenario.metadata.name} was cut off: put back and closed"
        emit({"state": None, "message": words}, as_json, lambda: words)

    run(work())


@round_group.command()
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Verify: exit code 0 when it is solved, 1 when it is not."""

    async def work() -> bool:
        async with _open() as found:
            with progress("Verifying"):
                update = await found.verify(lambda _: None)
            emit(asdict(update), as_json, lambda: shape.verify_text(update))
            return update.passed

    if not run(work()):
        context.exit(EXIT_NOT_SOLVED)


@round_group.command()
@click.option("--yes", is_flag=True, help="Buy it without asking.")
@json_option
def hint(yes: bool, as_json: bool) -> None:
    """The next hint; its price is told first."""

    async def work() -> None:
        async with _open() as found:
            upcoming = found.view().next_hint
            if upcoming is None:
                raise RoundError("there is no further hint", "You have seen all there is to see.")
            question = f"{upcoming.evidence} costs {upcoming.price} points. Buy it?"
            if not yes and not as_json:
                click.confirm(question, abort=True, err=True)
            bought = found.buy_hint()
            emit(asdict(bought), as_json, lambda: shape.hint_text(bought))

    run(work())


@round_group.command()
@click.option("--component", help="Which component.")
@click.option("--fault", help="Which class of fault.")
@json_option
def diagnose(component: str | None, fault: str | None, as_json: bool) -> None:
    """Name the component and the fault; without options: what there is to choose from."""

    async def work() -> None:
        async with _open() as found:
            asked = found.view().scenario.spec.diagnosis
            if component is None or fault is None:
                options = {"component": asked.component.among, "fault": asked.fault.among}
                emit(options, as_json, lambda: _options(options))
                return
            view = await found.diagnose(component, fault)
            words = {True: "right", False: "not right"}
            emit(
                asdict(view),
                as_json,
                lambda: f"component {words[view.component_right]}, fault {words[view.fault_right]}",
            )

    run(work())


def _options(options: dict[str, tuple[str, ...]]) -> str:
    return "\n".join(f"--{name}: {' | '.join(values)}" for name, values in options.items())


@round_group.command()
@json_option
def pause(as_json: bool) -> None:
    """Stop the clock."""
    _change("pause", as_json)


@round_group.command()
@json_option
def resume(as_json: bool) -> None:
    """Let the clock go on."""
    _change("resume", as_json)


@round_group.command("give-up")
@click.option("--yes", is_flag=True, help="Give up without asking.")
@json_option
def give_up(yes: bool, as_json: bool) -> None:
    """Give up, after a question; then read the debrief."""
    _change("give_up", as_json, "" if yes else "The round ends unsolved. Give up?")


def _change(action: str, as_json: bool, question: str = "") -> None:
    """Do this to the round; whoever reads JSON is not asked."""

    async def work() -> None:
        async with _open() as found:
            if question and not as_json and found.view().state.in_play:
                click.confirm(question, abort=True, err=True)
            getattr(found, action)()
            view = found.view()
            emit(shape.round_data(view), as_json, lambda: f"{view.state}")

    run(work())


@round_group.command()
@click.argument("round_id", required=False, shell_complete=complete_round)
@export_options
@json_option
def debrief(
    round_id: str | None, ending: str | None, to: Path | None, force: bool, as_json: bool
) -> None:
    """What happened, why, and how to see it sooner; also of a round of the history
    (`breakfix history` has the ids). With --export: as a file to pass on."""

    async def work() -> None:
        if round_id is not None or lobby().open_round() is None:
            found = lobby().debrief_of(round_id)
        else:
            async with _open() as current:
                found = await current.debrief()
        tell_debrief(found, ending, to, force, as_json)

    run(work())


@round_group.command()
@click.option("--lost", is_flag=True, help="The cluster is gone: only close the round.")
@json_option
def end(lost: bool, as_json: bool) -> None:
    """End the round: the cluster is put back."""

    async def work() -> None:
        if lost:
            row = lobby().close_lost()
            words = f"{row.scenario} is closed" if row else "no round is open"
            emit({"closed": row is not None}, as_json, lambda: words)
            return
        found = await lobby().resume(progress)
        left = await found.end(progress) if found is not None else ()
        words = "the cluster is as it was" if not left else f"could not be put back: {left}"
        emit({"closed": True, "left": left}, as_json, lambda: words)

    run(work())
