"""Compares texts with golden files: wildcards, diffs, JSON, and updating."""
