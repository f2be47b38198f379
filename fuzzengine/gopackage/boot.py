"""Runs the tests of the Go package in the current folder; a script, as program/boot.py is."""

if __name__ == "__main__":
    import sys

    sys.path.append(__file__.rpartition("fuzzengine")[0] or ".")
    from fuzzengine.gopackage.run import run
    from fuzzengine.program.main import main

    main(run=run)
