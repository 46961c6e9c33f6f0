"""What passes on a circuit's cables: as frames in a file, and in words."""
