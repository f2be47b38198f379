"""Derives inputs from logged comparisons (input-to-state; Go has no counterpart)."""
