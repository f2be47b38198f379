"""The commands a script may call, one module a family."""
