"""Helpers that only fuzzengine needs."""
