"""Processes, signals, the worker protocol and shared memory."""
