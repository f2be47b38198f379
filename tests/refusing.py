"""The beginning of a module `sitecustomize` that lets the system refuse threads and processes."""

from __future__ import annotations

LIMITED = """\
import _thread
import errno
import os
import sys

def limited(function, limit, error):
    calls = [0]
    def call(*arguments, **keywords):
        calls[0] += 1
        if calls[0] > limit:
            raise error
        return function(*arguments, **keywords)
    return call

def limit_threads(limit):
    error = RuntimeError("can't start new thread")
    # The module threading calls the first, or the second since 3.13.
    for name in ("start_new_thread", "start_joinable_thread"):
        if hasattr(_thread, name):
            setattr(_thread, name, limited(getattr(_thread, name), limit, error))

no_process = BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
"""
