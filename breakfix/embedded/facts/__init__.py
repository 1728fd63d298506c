"""What was recorded from a real API server, as compact data; see scripts/record-facts."""
