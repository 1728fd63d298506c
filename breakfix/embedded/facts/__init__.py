"""What a real API server says of itself, recorded by scripts/record-facts."""
