"""tar of busybox, which `kubectl cp` runs."""

from __future__ import annotations

from tests.embedded.programs.pods import Lab


async def test_names_lose_their_way_up_and_a_listing_may_be_long() -> None:
    box = await Lab().pod("box", "busybox", "sleep", "99", files={"/d/a": "hi"})
    code, text = await box.sh("tar cf /t /etc/../d/a; tar tf /t")
    assert (code, text) == (0, "tar: removing leading '/etc/../' from member names\nd/a\n")
    code, text = await box.sh("cd /; ln -s a d/l; tar cf /t d; tar tvf /t")
    assert code == 0
    assert "drwxr-xr-x root/root         0 20" in text
    assert " d/l -> a\n" in text
    assert (await box.sh("tar cf /t /nope"))[1] == (
        "tar: /nope: No such file or directory\ntar: error exit delayed from previous errors\n"
    )


async def test_tail_begins_at_the_start_for_a_copy_that_is_tried_again() -> None:
    box = await Lab().pod("box", "busybox", "sleep", "99")
    assert await box.sh("printf abc | tail -c+0") == (0, "abc")
    assert await box.sh("printf abc | tail -c+2") == (0, "bc")
