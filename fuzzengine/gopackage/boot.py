"""Runs the tests of the Go package in the current folder; a script, as program/boot.py is."""

if __name__ == "__main__":
    import _signal  # type: ignore[import-not-found]
    import sys

    # An interrupt during the imports ends the process without a traceback.
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    if hasattr(_signal, "pthread_sigmask"):
        # It was blocked by the parent while Python started.
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {_signal.SIGINT})
    sys.path.append(__file__.rpartition("fuzzengine")[0] or ".")
    from fuzzengine.gopackage.run import run
    from fuzzengine.program.main import main

    main(run=run)
