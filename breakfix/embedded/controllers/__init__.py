"""What moves by itself: each controller makes the world a bit more like its objects' spec."""
