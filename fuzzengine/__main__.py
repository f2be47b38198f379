"""`python -m fuzzengine` is the command `fuzzengine`."""

from fuzzengine.cli import main

if __name__ == "__main__":
    main()
