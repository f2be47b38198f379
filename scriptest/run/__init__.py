"""Runs selected scripts: scheduling, sandboxes, retries, golden file updates."""
