"""Changes inputs at random, and makes them smaller."""
