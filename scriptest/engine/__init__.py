"""Interprets scripts: runs their lines with the commands and conditions of a vocabulary."""
