"""Jinja2, with an object that can be called instead of a function, and a provider of its own."""

import sys

import atheris

with atheris.instrument_imports(include=["jinja2"]):
    import jinja2


class Provider(atheris.FuzzedDataProvider):
    def everything(self):
        return self.ConsumeBytes(atheris.ALL_REMAINING).decode("utf-8", "replace")


class Renderer:
    def __init__(self):
        self.environment = jinja2.Environment()

    def __call__(self, data):
        try:
            self.environment.from_string(Provider(data).everything()).render()
        except (jinja2.TemplateError, TypeError):
            return


def main():
    atheris.Setup(sys.argv, Renderer())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
