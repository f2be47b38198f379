"""The state of one running script: its folder, environment, buffers, jobs and log."""
