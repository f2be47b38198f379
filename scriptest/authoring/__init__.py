"""Makes scripts and archives from real runs, files and folders."""
