"""Nothing: what is left is the engine itself."""


def run(data: bytes) -> None:
    pass
