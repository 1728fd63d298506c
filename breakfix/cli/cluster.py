"""`breakfix cluster ...`: make, list, adopt, release, clean and delete clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from breakfix.cli import setting
from breakfix.cli.names import complete_cluster
from breakfix.cli.output import emit, json_option, progress, table
from breakfix.errors import BreakfixError, RoundError, UsageError

if TYPE_CHECKING:
    from breakfix.clusters.base import Cluster

name_argument = click.argument(
    "name",
    default="auto",
    shell_complete=complete_cluster,
    metavar="[auto|embedded[:NAME]|kind[:NAME]|context:X]",
)


@click.group()
def cluster() -> None:
    """The clusters to play on."""


def _refuse_open_round(name: str, action: str) -> None:
    row = setting.history().open_round()
    if row is not None and row.cluster == name:
        raise RoundError(
            f"a round is open on {name}: {row.scenario}",
            f"End it first: `breakfix round end`, then {action}.",
        )


async def _resolved(name: str, nodes: int = 1) -> Cluster:
    from breakfix.clusters.select import resolve

    machine = setting.machine()
    found, _ = await resolve(
        name, machine.settings, machine.programs, nodes=nodes, home=machine.home
    )
    return found


@cluster.command()
@name_argument
@click.option("--nodes", default=1, show_default=True, type=click.IntRange(1, 10))
@click.option("--backend", type=click.Choice(["embedded", "kind"]), help="The same as NAME's head.")
@click.option("--name", "short", default="", help="With --backend: the cluster's own name.")
@click.option("--foreground", is_flag=True, help="Embedded: stay, and end the cluster with me.")
@json_option
def up(
    name: str, nodes: int, backend: str | None, short: str, foreground: bool, as_json: bool
) -> None:
    """Make a cluster, or start one that is there; prints its kubeconfig."""
    spec = _spec(name, backend, short)

    async def work() -> None:
        found = await _resolved(spec, nodes)
        if foreground:
            _stay(found)
        await found.start(progress)
        found.keep_up("asked")
        data = {"name": found.name, "kubeconfig": str(found.kubeconfig)}
        emit(data, as_json, lambda: str(found.kubeconfig))

    setting.run(work())


def _spec(name: str, backend: str | None, short: str) -> str:
    if backend is None:
        if short:
            raise UsageError("--name needs --backend", "Or: breakfix cluster up embedded:NAME")
        return name
    if name != "auto":
        raise UsageError("a cluster is named once: by NAME or by --backend")
    return f"{backend}:{short}" if short else backend


def _stay(found: Cluster) -> None:
    """Become the cluster's process."""
    from breakfix.clusters.embedded import EmbeddedCluster

    if not isinstance(found, EmbeddedCluster):
        raise UsageError("only an embedded cluster can stay in the foreground")
    found.become()


@cluster.command("list")
@json_option
def list_clusters(as_json: bool) -> None:
    """The clusters of breakfix, and the contexts of your kubeconfig."""

    async def work() -> None:
        rows = [*await _embedded_rows(), *await _kind_rows(), *await _context_rows()]
        head = ("name", "state", "consent")
        data = [dict(zip(head, row, strict=True)) for row in rows]
        words = "no clusters: breakfix cluster up embedded"
        emit(data, as_json, lambda: table(head, rows) if rows else words)

    setting.run(work())


async def _embedded_rows() -> list[tuple[str, str, str]]:
    found = setting.settings().kubeconfig_dir.glob("embedded-*")
    names = sorted(p.name.removeprefix("embedded-") for p in found if p.is_file())
    return [await _row(f"embedded:{name}") for name in names]


async def _kind_rows() -> list[tuple[str, str, str]]:
    found = setting.settings().kubeconfig_dir
    names = sorted(p.name.removeprefix("kind-") for p in found.glob("kind-*") if p.is_file())
    return [await _row(f"kind:{name}") for name in names if not name.endswith(".fresh")]


async def _context_rows() -> list[tuple[str, str, str]]:
    from breakfix.clusters import kubeconfig

    machine = setting.machine()
    config = kubeconfig.merged(kubeconfig.files(machine.settings.kubeconfig, machine.home))
    return [await _context_row(f"context:{name}") for name in kubeconfig.contexts(config)]


async def _context_row(name: str) -> tuple[str, str, str]:
    """Only clusters that breakfix has been sent to are asked: a kubeconfig may hold others."""
    found = await _resolved(name)
    return await _row(name) if found.kubeconfig.is_file() else (name, "not asked", "-")


async def _row(name: str) -> tuple[str, str, str]:
    from breakfix.clusters.api import KubeApi
    from breakfix.clusters.consent import read_consent

    try:
        found = await _resolved(name)
    except BreakfixError:
        return name, "does not answer", "-"
    try:
        async with KubeApi(found.kubeconfig) as api:
            consent = await read_consent(api, timeout=3)
    except BreakfixError:
        return name, "stopped" if found.stopped else "does not answer", "-"
    words = "made by breakfix" if consent and consent.made else f"adopted by {consent.who}" if (
        consent
    ) else "no"  # fmt: skip
    return name, "answers", words


@cluster.command()
@name_argument
@json_option
def kubeconfig(name: str, as_json: bool) -> None:
    """The path of a cluster's kubeconfig: export KUBECONFIG=$(breakfix cluster kubeconfig)."""

    async def work() -> None:
        found = await _resolved(name)
        if not found.kubeconfig.is_file():
            raise UsageError(f"{found.name} is not up", f"breakfix cluster up {found.name}")
        data = {"name": found.name, "kubeconfig": str(found.kubeconfig)}
        emit(data, as_json, lambda: str(found.kubeconfig))

    setting.run(work())


@cluster.command()
@click.argument("context")
@json_option
def adopt(context: str, as_json: bool) -> None:
    """Allow breakfix to break the cluster of a kubeconfig context.

    Asks you to type the context's name, then writes a marker object into it.
    """
    from breakfix.clusters.api import KubeApi
    from breakfix.clusters.consent import adopt as write_marker
    from breakfix.clusters.context import ContextCluster
    from breakfix.clusters.identity import person

    machine = setting.machine()
    name = context.removeprefix("context:")
    found = ContextCluster(name, machine.settings, home=machine.home)
    click.echo(
        f"breakfix will break things in the cluster of context {found.context} and put them "
        "back after each round.\nNever adopt a cluster that somebody works with.",
        err=True,
    )
    typed = click.prompt("Type the context's name to adopt it", err=True)
    if typed != found.context:
        raise UsageError(f"{typed!r} is not {found.context!r}: nothing was changed")

    async def work() -> None:
        async with KubeApi(found.write_kubeconfig()) as api:
            await write_marker(api, found.name, person(), machine.clock)
        emit({"adopted": found.name}, as_json, lambda: f"adopted: --cluster {found.name}")

    setting.run(work())


@cluster.command()
@name_argument
@click.option("--force", is_flag=True, help="Also where another installation holds it.")
@json_option
def release(name: str, force: bool, as_json: bool) -> None:
    """Let a cluster go that a round holds which nobody plays any more."""

    async def work() -> None:
        from breakfix.clusters import lease
        from breakfix.clusters.api import KubeApi
        from breakfix.clusters.identity import install_id

        found = await _resolved(name)
        async with KubeApi(found.kubeconfig) as api:
            mine = install_id(setting.settings())
            held = await lease.release(api, found.name, mine, force=force)
        words = f"{found.name} is free" if held else f"nobody held {found.name}"
        emit({"released": held}, as_json, lambda: words)

    setting.run(work())


@cluster.command()
@name_argument
@json_option
def clean(name: str, as_json: bool) -> None:
    """Take away the application that is kept on a cluster between rounds."""

    async def work() -> None:
        from breakfix.game import keeping
        from breakfix.game.prove import told
        from breakfix.game.session import open_session

        machine = setting.machine()
        _refuse_open_round((await _resolved(name)).name, f"`breakfix cluster clean {name}`")
        session = await open_session(machine, name, progress, start=False)
        try:
            with progress("Taking the application away"):
                left = await keeping.remove(
                    session.api, setting.history(), session.place, machine.clock
                )
        finally:
            await session.held.aclose()
        words = "nothing was kept" if left is None else told(left)
        emit({"message": words}, as_json, lambda: words)

    setting.run(work())


@cluster.command()
@name_argument
@click.option("--force", is_flag=True, help="Even with an open round, which is then lost.")
@json_option
def down(name: str, force: bool, as_json: bool) -> None:
    """Delete a cluster that breakfix made, with all that is on it; withdraw from any other."""

    async def work() -> None:
        found = await _resolved(name)
        if not force:
            _refuse_open_round(found.name, f"`breakfix cluster down {name}`")
        await found.stop(progress)
        emit({"down": found.name}, as_json, lambda: f"{found.name} is gone")

    setting.run(work())
