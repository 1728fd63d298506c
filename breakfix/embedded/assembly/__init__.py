"""How the rooms are joined to a cluster."""
