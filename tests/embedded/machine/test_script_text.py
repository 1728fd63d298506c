"""What a script can do, judged by its text: wrong guesses may only cost time."""

from __future__ import annotations

import pytest

from breakfix.embedded.machine.shell.script_text import may_repeat, words
from tests.embedded.machine.fixture import started


def test_the_words_of_a_plain_script() -> None:
    found = words("if command -v curl >/dev/null; then curl -m 3 http://x; else exit 127; fi")
    assert found is not None
    assert {"curl", "command", "exit"} <= found
    assert "wget" not in found


@pytest.mark.parametrize(
    "script",
    [
        "$CMD x", '"$1" x', "a; $CMD", "a && ${CMD}", "if $CMD; then b; fi", "x=$($CMD)",
        "then\n  $CMD", 'exec "$@"', "eval 'cu''rl x'", ". /lib.sh", "source /lib.sh",
        "! $CMD", "a | $CMD", "( $CMD )", "/bin/$CMD x", "`$CMD`",
        "cu''rl x", '"cu"rl x', "cu'rl' x", "c\\url x", "'cu''rl' x", "echo 'a\\nb'; c\\url x",
        """echo " '"; c\\url x; echo "' " """, "# it's so\nc\\url 'x'", "trap 'c\\url x' EXIT",
        "cat <<E\nit's\nE\nc\\url 'x'",
    ],
)  # fmt: skip
def test_a_command_whose_name_is_not_written_may_be_any(script: str) -> None:
    assert words(script) is None


@pytest.mark.parametrize(
    "script", [r"printf 'a\r\nb' | nc x", r"""x=$(printf 'a\nb' "c\td")""", r'echo "a\nb"']
)
def test_a_backslash_in_quotes_names_no_command(script: str) -> None:
    assert words(script) is not None


@pytest.mark.parametrize("script", ["echo $HOME", "x=$1", "curl $URL", 'test "$a" = b && echo c'])
def test_variables_elsewhere_name_no_command(script: str) -> None:
    assert words(script) is not None


@pytest.mark.parametrize(
    "script",
    [
        "while true; do :; done", "until x; do y; done", "for i in 1; do x; done", "f() { f; }; f",
        "function f { f; }", "trap 'x' TERM", ". /lib.sh", "eval x", "wait", "`x`",
    ],
)  # fmt: skip
def test_what_may_repeat_itself(script: str) -> None:
    assert may_repeat(script)


@pytest.mark.parametrize("script", ["true", "a && b || c", "if a; then b; fi", "echo $(date)"])
def test_what_runs_from_top_to_bottom(script: str) -> None:
    assert not may_repeat(script)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("curl http://x", 127),
        ("cu''rl http://x", 127),
        ("c=curl; $c http://x", 127),
        ("eval 'cu''rl http://x'", 127),
    ],
)
async def test_a_command_that_the_image_lacks_is_not_there_however_it_is_named(
    script: str, code: int
) -> None:
    box = await started("sleep", "3600")  # busybox has no curl; the shell library has one
    assert (await box.sh(script))[0] == code
