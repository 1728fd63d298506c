"""agnhost: the program of Kubernetes' own tests, by its subcommands."""
