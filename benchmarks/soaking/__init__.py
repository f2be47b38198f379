"""Experiments of the soak: each attacks real runs, and reports everything that is lost or left."""
