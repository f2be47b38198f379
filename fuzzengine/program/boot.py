"""The test program of the current folder, as a file that the interpreter can be given.

Run as a script, never imported. The folder of fuzzengine goes to the end of the search path, so
that it is found even if only the parent process knew where it is.
"""

if __name__ == "__main__":
    import sys

    sys.path.append(__file__.rpartition("fuzzengine")[0] or ".")
    from fuzzengine.program.main import main

    main()
