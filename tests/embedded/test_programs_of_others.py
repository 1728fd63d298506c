"""Real helm and k9s against an embedded cluster; skipped where the program is absent."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CHART = HERE / "chart"
FOLDER = os.environ.get("BREAKFIX_PROGRAMS", "")  # a folder of programs beside those of PATH
SEARCHED = os.pathsep.join(filter(None, (FOLDER, os.environ.get("PATH", ""))))
HOW = {
    "helm": "go install helm.sh/helm/v3/cmd/helm@v3.18.4",
    "k9s": "go install github.com/derailed/k9s@latest",
    "tmux": "apt-get install tmux",
    "kubectl": "see kubernetes.io",
}


def needs(*names: str) -> pytest.MarkDecorator:
    """Skip with the reason where one of these is not installed."""
    absent = [n for n in names if not shutil.which(n, path=SEARCHED)]
    why = "; ".join(f"{n} is not installed ({HOW[n]})" for n in absent)
    return pytest.mark.skipif(bool(absent), reason=why)


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of a cluster in a process of its own."""
    path = tmp_path_factory.mktemp("cluster") / "kubeconfig"
    command = [sys.executable, "-m", "breakfix.embedded", "--kubeconfig", str(path)]
    cluster = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert cluster.stdout is not None
        assert cluster.stdout.readline(), "the cluster does not come up"
        yield path
    finally:
        cluster.terminate()
        cluster.wait(10)


def call(kubeconfig: Path, *command: str) -> str:
    """What it prints. Raises AssertionError with what it complains of."""
    home = kubeconfig.parent
    environment = {"PATH": SEARCHED, "HOME": str(home), "KUBECONFIG": str(kubeconfig)}
    found = subprocess.run(command, env=environment, capture_output=True, text=True,
                           timeout=90, check=False)  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert "Failed to watch" not in found.stderr
    return found.stdout


@needs("helm", "kubectl")
def test_helm_installs_upgrades_rolls_back_and_uninstalls(kubeconfig: Path) -> None:
    def helm(*words: str) -> str:
        return call(kubeconfig, "helm", *words, "--namespace", "shop")

    def replicas() -> str:
        path = "jsonpath={.status.readyReplicas}"
        return call(kubeconfig, "kubectl", "get", "deploy/one-web", "-n", "shop", "-o", path)

    waiting = ("--wait", "--timeout", "30s")
    out = helm("install", "one", str(CHART), "--create-namespace", *waiting)
    assert "STATUS: deployed" in out
    helm("upgrade", "one", str(CHART), "--set", "replicas=3,port=8080", *waiting)
    assert replicas() == "3"
    settings = ("get", "cm/one-settings", "-n", "shop", "-o", "jsonpath={.data}")
    assert '"looked-up":"yes"' in call(kubeconfig, "kubectl", *settings)
    helm("rollback", "one", "1", *waiting)
    assert replicas() == "1"
    history = helm("history", "one")
    assert [line.split()[0] for line in history.splitlines()[1:]] == ["1", "2", "3"]
    helm("uninstall", "one", "--wait")
    assert call(kubeconfig, "kubectl", "get", "all", "-n", "shop", "-o", "name") == ""


@needs("k9s", "tmux")
def test_k9s_starts_and_shows_pods(kubeconfig: Path) -> None:
    socket = str(kubeconfig.parent / "tmux")
    tmux = ("tmux", "-S", socket)
    try:
        call(kubeconfig, *tmux, "new-session", "-d", "-x", "160", "-y", "40",
             "k9s --command pods --all-namespaces")  # fmt: skip
        screen, deadline = "", time.monotonic() + 30
        while "kube-system" not in screen and time.monotonic() < deadline:
            time.sleep(0.3)
            screen = call(kubeconfig, *tmux, "capture-pane", "-p")
        assert "kube-system" in screen
        assert "error" not in screen.lower()
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
