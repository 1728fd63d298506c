"""Images: names, what is in them, which file is which program."""
