"""redis: its server and redis-cli."""
