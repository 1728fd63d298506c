"""The game: a round's life, its score, hints, diagnosis and debrief; and the proof."""
