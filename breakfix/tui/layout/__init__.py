"""Which panes a round shows, where, and how large: plain data, no Textual."""
