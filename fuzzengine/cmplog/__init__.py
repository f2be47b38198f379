"""Logs the comparisons that the code under test makes."""
