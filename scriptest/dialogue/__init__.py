"""Dialogues with programs at a terminal: reading, playing and recording them."""
