"""What the pytest plugin consists of."""
