"""Terminals: a model of the screen, named keys, and the user's own terminal."""
