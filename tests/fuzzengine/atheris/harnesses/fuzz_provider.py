"""Values from a FuzzedDataProvider; options of its own besides libFuzzer's flags."""

import sys

import atheris

with atheris.instrument_imports(include=["shop"], exclude=["shop.nothing"]):
    import shop

OPTIONS = []


@atheris.instrument_func
def TestOneInput(data):
    assert OPTIONS[:2] == [sys.argv[0], "--strict"]
    provider = atheris.FuzzedDataProvider(data)
    shop.order(provider.ConsumeUInt(4), provider.ConsumeUnicodeNoSurrogates(10))


if __name__ == "__main__":
    OPTIONS += atheris.Setup([sys.argv[0], "--strict", *sys.argv[1:]], TestOneInput)
    atheris.Fuzz()
