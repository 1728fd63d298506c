"""A debrief to pass on: the draft of a postmortem as Markdown and HTML, a picture, a line."""
