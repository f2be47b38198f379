"""Failures that end the process."""

import os
import signal
import sys
import time

import atheris


@atheris.instrument_func
def TestOneInput(data):
    if data == b"exit":
        sys.exit(0)
    if data == b"signal":
        os.kill(os.getpid(), signal.SIGSEGV)
    if data == b"sleep":
        time.sleep(1000)
    if data == b"memory":
        kept = []
        while True:
            kept.append(bytearray(1 << 24))


def main():
    atheris.Setup(sys.argv, TestOneInput)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
