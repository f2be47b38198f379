"""The actions of the command line, `scriptest run` and the others: thin fronts."""
