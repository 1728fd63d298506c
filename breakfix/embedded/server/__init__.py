"""HTTP: paths, negotiation, streams."""
