"""The world of one script: its folder, environment, variables, buffers, jobs and log."""
