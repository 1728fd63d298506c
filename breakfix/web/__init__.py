"""The terminal in a browser: textual-serve behind a token, on loopback."""
