"""curl: its options, transfers, output and errors."""
