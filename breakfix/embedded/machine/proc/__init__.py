"""/proc and /sys of a container."""
