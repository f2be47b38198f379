"""Starts, watches, signals and reaps processes."""
