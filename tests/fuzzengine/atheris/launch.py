"""Runs a harness with Atheris as `python HARNESS` does, but instruments less: launch.py HARNESS ...

`atheris.instrument_all` instruments the functions that the garbage collector lists, and takes 20
seconds for those of the standard library. Frozen objects are not listed.
"""

import gc
import os.path
import runpy
import sys

import atheris  # type: ignore[import-untyped] # noqa: F401

del sys.argv[0]
sys.path[0] = os.path.dirname(sys.argv[0])
gc.freeze()
runpy.run_path(sys.argv[0], run_name="__main__")
