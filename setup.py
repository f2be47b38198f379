"""Builds the optional compiled modules, which pyproject.toml cannot describe."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(f"fuzzengine.{name}", [f"fuzzengine/{name.replace('.', '/')}.c"], optional=True)
        for name in ("instrument._counters", "mutation._mutate")
    ]
)
