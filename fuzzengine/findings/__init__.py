"""Failures besides exceptions, and how failures are grouped and suppressed."""
