"""`stty`: the terminal of a process."""

from __future__ import annotations

from itertools import pairwise

from breakfix.embedded.machine.types import Process

_ALL = """speed 38400 baud; rows {rows}; columns {columns}; line = 0;
intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;
eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;
werase = ^W; lnext = ^V; flush = ^O; min = 1; time = 0;
-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts
-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl ixon -ixoff
-iuclc -ixany -imaxbel -iutf8
opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0
isig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt
echoctl echoke -flusho -extproc
"""


async def stty(process: Process) -> int:
    """`stty [-a] [size] [rows N] [columns N] [SETTING...]`; other settings change nothing."""
    window = process.window
    if window is None:
        await process.err("stty: standard input: Inappropriate ioctl for device\n")
        return 1
    words = process.argv[1:]
    if not words:
        await process.out("speed 38400 baud; line = 0;\n-brkint -imaxbel\n")
    elif words[0] in ("-a", "--all"):
        await process.out(_ALL.format(rows=window.rows, columns=window.columns))
    elif words[0] == "size":
        await process.out(f"{window.rows} {window.columns}\n")
    else:
        columns, rows = window.columns, window.rows
        for name, value in pairwise(words):
            if name in ("rows", "cols", "columns") and value.isdigit():
                columns = columns if name == "rows" else int(value)
                rows = int(value) if name == "rows" else rows
        window.resize(columns, rows)
    return 0
