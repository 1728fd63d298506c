"""The same round as a plain prompt loop: one line after the other, for screen readers and pipes."""
