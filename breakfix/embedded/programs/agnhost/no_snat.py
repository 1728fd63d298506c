"""agnhost no-snat-test and its proxy: do pods see the pod's own address?"""

from __future__ import annotations

from functools import partial

from breakfix.embedded.machine.types import Process
from breakfix.embedded.network.types import NetworkError
from breakfix.embedded.programs.agnhost.common import GetError, UsageError, flags, http_get
from breakfix.embedded.programs.agnhost.go_http import written
from breakfix.embedded.programs.agnhost.serving import serve
from breakfix.embedded.programs.http.messages import Request, Response
from breakfix.embedded.programs.http.server import Handler, mux


async def no_snat_test(process: Process) -> int:
    """/whoami and /checknosnat."""
    try:
        given, _ = await flags(process, {"port": "8080"})
    except UsageError:
        return 1
    pages: dict[str, Handler] = {"/whoami": _whoami, "/checknosnat": partial(_check, process)}
    return await serve(process, int(given["port"]), mux(pages))


async def _whoami(request: Request) -> Response:
    return written(f"{request.peer[0]}:{request.peer[1]}")


async def _check(process: Process, request: Request) -> Response:
    found = [await _fault(process, ip) for ip in request.form().get("ips", "").split(",")]
    errors = [fault for fault in found if fault]
    return written(", ".join(errors), 500) if errors else Response()


async def _fault(process: Process, address: str) -> str:
    """What is wrong with the address that another one sees; "" for nothing."""
    pod, node = process.env.get("POD_IP", ""), process.env.get("NODE_IP", "")
    try:
        reply = await http_get(process, f"http://{address}/whoami")
    except (GetError, NetworkError) as error:
        return str(error)
    seen = reply.body.decode().rpartition(":")[0]
    if seen == pod:
        return ""
    if seen == node:
        return f'Returned ip "{seen}" != my Pod ip "{pod}", == my Node ip "{node}" - SNAT'
    return (f'Returned ip "{seen}" != my Pod ip "{pod}" or my Node ip "{node}" - SNAT to '
            "unexpected ip (possible SNAT through unexpected interface on the way into "
            "another node)")  # fmt: skip


async def no_snat_test_proxy(process: Process) -> int:
    """Passes /checknosnat on."""
    try:
        given, _ = await flags(process, {"port": "31235"})
    except UsageError:
        return 1
    return await serve(
        process, int(given["port"]), mux({"/checknosnat": partial(_pass_on, process)})
    )


async def _pass_on(process: Process, request: Request) -> Response:
    form = request.form()
    url = f"http://{form.get('target', '')}/checknosnat?ips={form.get('ips', '')}"
    try:
        found = await http_get(process, url, 60.0)
    except GetError as error:
        return written(f'error querying "{url}", err: {error}', 500)
    return Response([("Content-Type", "text/plain; charset=utf-8")], found.body, found.status)
