"""The keys of home, in the order of its bottom line."""

from __future__ import annotations

from textual.binding import Binding

HOME_BINDINGS = (
    Binding("enter", "play", "play", id="home.play", tooltip="Set this round up and play it"),
    Binding("c", "go_on", "continue", id="home.continue", show=False,
            tooltip="Back to the round that is open"),
    Binding("d", "daily", "daily", id="home.daily",
            tooltip="Play today's incident, the same for everybody"),
    Binding("r", "due", "repeat", id="home.due",
            tooltip="Play what is most overdue to be repeated"),
    Binding("slash", "search", "search", id="home.search", priority=True,
            tooltip="Search as you type: words, or track: level: unsolved due playable"),
    Binding("f", "filter", "filter", id="home.filter",
            tooltip="Show only some: unsolved, due, a track, a level"),
    Binding("t", "stats", "stats", id="home.stats",
            tooltip="Mastery by track, what comes back when, best results"),
    Binding("R", "surprise", "random", id="home.random",
            tooltip="Play any round that is not solved yet"),
    Binding("S", "seed", "seed", id="home.seed",
            tooltip="Play this round with a seed that you type"),
    Binding("w", "welcome", "show the welcome", show=False, id="home.welcome",
            tooltip="What breakfix is and how a round goes"),
    Binding("escape", "clear", "clear search", show=False, id="home.clear",
            tooltip="Show all rounds again"),
    Binding("up", "move('up')", "up", show=False, id="home.up",
            tooltip="The round above, from the search line too"),
    Binding("down", "move('down')", "down", show=False, id="home.down",
            tooltip="The round below, from the search line too"),
    Binding("q,ctrl+q", "quit", "quit", id="home.quit", tooltip="Leave breakfix"),
)  # fmt: skip
