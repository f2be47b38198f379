"""Files for editors, made from the same data as help."""
