"""Helpers of both packages: errors, durations, files, patterns, the platform."""
