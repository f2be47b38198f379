"""Counts the blocks that the code under test executes: import hook, rewriting, coverage."""
