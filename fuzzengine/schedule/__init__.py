"""Decides which input to mutate next, and for how long."""
