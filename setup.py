"""The part of the build that pyproject.toml has no words for: the optional compiled modules."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(f"fuzzengine.{name}", [f"fuzzengine/{name.replace('.', '/')}.c"], optional=True)
        for name in ("instrument._counters", "mutation._mutate")
    ]
)
