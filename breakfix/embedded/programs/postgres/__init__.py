"""postgres: its server, the engine under it, and psql."""
