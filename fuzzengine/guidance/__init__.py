"""What compares and constants ask of an input (no Go counterpart)."""
