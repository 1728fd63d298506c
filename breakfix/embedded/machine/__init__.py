"""What a container is made of: files, processes, users, a shell. Nothing of it is real."""
