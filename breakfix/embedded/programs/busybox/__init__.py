"""busybox's applets: files, text, processes, its httpd."""
