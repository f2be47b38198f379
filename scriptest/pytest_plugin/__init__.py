"""Runs scripts as pytest items."""
