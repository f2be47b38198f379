"""Scripts and archives made from what is there: files, folders, real runs."""
