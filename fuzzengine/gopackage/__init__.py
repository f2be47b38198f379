"""Fuzzes packages of Go: builds their test programs, which are the workers of campaigns."""
