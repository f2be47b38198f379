"""Runs integration tests written as one text file: a script and the files it needs."""

__version__ = "0.1.0"
