"""A chain of comparisons of consumed values, which a blind search does not pass."""

import sys

import atheris


@atheris.instrument_func
def TestOneInput(data):
    provider = atheris.FuzzedDataProvider(data)
    if provider.ConsumeIntInRange(1, 1 << 40) != 123456789012:
        return
    if provider.PickValueInList(["red", "green", "blue"]) != "green":
        return
    if provider.ConsumeInt(5) != -77_000_000_000:
        return
    if provider.ConsumeUnicodeNoSurrogates(12) != "größe":
        return
    raise RuntimeError("reached")


if __name__ == "__main__":
    atheris.Setup(sys.argv, TestOneInput)
    atheris.Fuzz()
