"""Runs an Atheris harness; a script for the interpreter, never imported.

The folder that holds fuzzengine is appended to the search path, so that fuzzengine is found even if
only the parent process knew where it is.
"""

if __name__ == "__main__":
    import _signal  # type: ignore[import-not-found]
    import sys

    # An interrupt during the imports ends the process without a traceback.
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    sys.path.append(__file__.rpartition("fuzzengine")[0] or ".")
    from fuzzengine.atheris.program import main

    main(sys.argv[1:])
