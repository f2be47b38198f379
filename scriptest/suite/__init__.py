"""Finds scripts and their settings, and selects those to run."""
