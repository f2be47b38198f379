"""Runs the test program of the current folder; a script for the interpreter, never imported.

The folder that holds fuzzengine is appended to the search path, so that fuzzengine is found even if
only the parent process knew where it is.
"""

if __name__ == "__main__":
    import sys

    sys.path.append(__file__.rpartition("fuzzengine")[0] or ".")
    from fuzzengine.program.main import main

    main()
