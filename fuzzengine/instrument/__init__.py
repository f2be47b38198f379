"""Counters in the code under test: the import hook, the rewriting, and what was covered."""
