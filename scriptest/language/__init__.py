"""Parses scripts and archives: txtar, words, guards, variables, dialects."""
