"""The part of the build that pyproject.toml has no words for: the optional compiled modules."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(f"fuzzengine.{name}", [f"fuzzengine/{name}.c"], optional=True)
        for name in ("_counters", "_mutate")
    ]
)
