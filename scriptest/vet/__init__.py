"""Finds mistakes in scripts without running them."""
