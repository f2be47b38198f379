"""The script language: txtar archives, words, guards, variables and dialects."""
