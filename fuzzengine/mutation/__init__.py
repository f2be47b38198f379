"""Mutates and minimizes inputs."""
