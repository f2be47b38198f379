"""Terminals: those that scripts give to programs, and the one of whoever runs scriptest."""
