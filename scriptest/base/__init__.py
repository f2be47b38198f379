"""Helpers for both packages: errors, durations, files, the platform. Imports neither."""
