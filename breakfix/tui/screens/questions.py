"""What a round asks before something that costs, and the answers it offers."""

from __future__ import annotations

from breakfix.tui.screens.ask import Answer

OPEN, END, GIVE_UP = "open", "end", "give-up"

GIVE_UP_TEXT = "The round ends unsolved. You read the debrief, and the cluster is restored."
GIVE_UP_ANSWERS = (Answer(GIVE_UP, "g", "Give up", "and read what it was"),)

LEAVE_TEXT = "Left open, the fault stays in and the clock runs on. Ended, the cluster is put back."
LEAVE_ANSWERS = (
    Answer(OPEN, "l", "Leave it open", "`breakfix play` goes on with it"),
    Answer(END, "e", "End and restore", "counts as given up"),
)
