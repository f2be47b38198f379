"""Reporters: each turns Results into one kind of output."""
