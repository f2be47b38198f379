"""What editors need to know about scripts, made from the same data as help."""
