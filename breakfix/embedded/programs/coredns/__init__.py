"""CoreDNS: its Corefile, its plugins, the records of Services and pods."""
