"""A custom mutator of compressed data, and a custom crossover."""

import sys
import zlib

import atheris


def unpacked(data):
    try:
        return zlib.decompress(data)
    except zlib.error:
        return b"start"


def mutator(data, max_size, seed):
    assert isinstance(seed, int)
    plain = unpacked(data)
    return zlib.compress(atheris.Mutate(plain, len(plain) + 4))[:max_size]


def crossover(one, other, max_size, seed):
    plain = unpacked(one)[:2] + unpacked(other)[2:]
    return zlib.compress(plain)[:max_size]


@atheris.instrument_func
def TestOneInput(data):
    plain = zlib.decompress(data) if data else b""
    if plain[:1] == b"F" and plain[1:2] == b"U":
        raise RuntimeError("found")


if __name__ == "__main__":
    atheris.Setup(sys.argv, TestOneInput, custom_mutator=mutator, custom_crossover=crossover)
    atheris.Fuzz()
