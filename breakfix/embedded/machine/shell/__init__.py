"""The shell of containers: a library runs the script, what is ours is said in busybox's words."""
