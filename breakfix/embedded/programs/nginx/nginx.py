"""nginx: its command line."""

from __future__ import annotations

import signal

from breakfix.embedded.machine.types import Process
from breakfix.embedded.programs.nginx.config import ConfigError
from breakfix.embedded.programs.nginx.master import Nginx
from breakfix.embedded.programs.nginx.paths import create_paths, pid_path
from breakfix.embedded.programs.options import OptionError, getopt
from breakfix.embedded.programs.sockets import daemon, read_text


async def nginx(process: Process) -> int:
    """`nginx [-tTvVq] [-c FILE] [-g DIRECTIVES] [-e FILE] [-s SIGNAL]`."""
    try:
        options = getopt(process.argv[1:], "?hvVtTqs:p:e:c:g:")
    except OptionError as error:
        option = str(error).rpartition("'")[0].rpartition("'")[2]
        await process.err(f'nginx: invalid option: "{option}"\n')
        return 1
    master = Nginx(process, options)
    if "v" in options or "V" in options:
        await process.err(f"nginx version: nginx/{master.version}\n")
        return 0
    try:
        await master.load()
    except ConfigError as error:
        return await _unread(master, str(error))
    if "s" in options:
        return await _signal(master, options.get("s"))
    if "t" in options or "T" in options:
        return await _tested(master)
    try:
        create_paths(process, master.cycle.config.root)
    except ConfigError as error:
        await master.logs.say("emerg", str(error))
        return 1
    daemonized = master.cycle.config.root.find("daemon")
    if daemonized is None or daemonized.args[0] != "off":
        return await _in_background(master)
    return await master.run()


async def _in_background(master: Nginx) -> int:
    try:
        await master.try_to_bind()
    except ConfigError as error:
        await master.logs.say("emerg", str(error))
        return 1
    process = master.process
    daemon(process, [*process.argv, "-g", master.options.get("g") + " daemon off;"])
    await process.host.clock.sleep(0)
    return 0


async def _unread(master: Nginx, words: str) -> int:
    await master.logs.say("emerg", words)
    if "t" in master.options or "T" in master.options:
        await master.process.err(f"nginx: configuration file {master.path} test failed\n")
    return 1


async def _tested(master: Nginx) -> int:
    err, path = master.process.err, master.path
    if "q" not in master.options:
        await err(f"nginx: the configuration file {path} syntax is ok\n")
    try:
        create_paths(master.process, master.cycle.config.root)
    except ConfigError as error:
        return await _unread(master, str(error))
    if "q" not in master.options:
        await err(f"nginx: configuration file {path} test is successful\n")
    if "T" in master.options:
        for name, text in master.cycle.config.files.items():
            await master.process.out(f"# configuration file {name}:\n{text}\n")
    return 0


async def _signal(master: Nginx, name: str) -> int:
    numbers = {"stop": signal.SIGTERM, "quit": signal.SIGQUIT, "reload": signal.SIGHUP,
               "reopen": signal.SIGUSR1}  # fmt: skip
    if name not in numbers:
        await master.process.err(f'nginx: invalid option: "-s {name}"\n')
        return 1
    path = pid_path(master.cycle.config.root)
    text = read_text(master.process, path).strip()
    if not text.isdigit():
        words = (
            f'open() "{path}" failed (2: No such file or directory)'
            if not text and not master.process.files.exists(path)
            else f'invalid PID number "{text}" in "{path}"'
        )
        await master.logs.say("error", words)
        return 1
    await master.logs.log("notice", "signal process started")
    assert master.process.kill is not None  # noqa: S101 - every container's process has it
    try:
        master.process.kill(int(text), int(numbers[name]))
    except OSError as error:
        await master.logs.say("alert", f"kill({text}, {int(numbers[name])}) failed "
                         f"({error.errno}: {error.strerror})")  # fmt: skip
        return 1
    return 0
