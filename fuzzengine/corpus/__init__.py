"""Corpus entries: reading, writing, converting, minimizing and showing them."""
