"""The wheel: the packs are in it, and an installed breakfix finds them."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without the network: hatchling is in this environment."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(target.glob("breakfix-*.whl"))


def test_an_installed_wheel_finds_its_rounds(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, system_site_packages=False)
    python = tmp_path / "venv" / "bin" / "python"
    packages = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile",
         "--target", str(packages), str(wheel)],
        check=True,
    )  # fmt: skip
    dependencies = next(p for p in sys.path if p.endswith("site-packages"))
    code = (
        f"import sys; sys.path.append({dependencies!r}); import breakfix.cli.main as m; "
        "print(m.__file__); sys.exit(m.run(['list']))"
    )
    done = subprocess.run(
        [str(python), "-c", code],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"BREAKFIX_HOME": str(tmp_path / "home"), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(packages) in done.stdout.splitlines()[0]
    assert "dns-rewrite-eats-a-name" in done.stdout
