"""The terminal: the only package that knows Textual."""

import os

os.environ.setdefault("TEXTUAL_FPS", "120")  # a key waits for the next frame: 8 ms, not 16
