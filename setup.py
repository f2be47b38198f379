"""The part of the build that pyproject.toml has no words for: the optional compiled module."""

from setuptools import Extension, setup

setup(ext_modules=[Extension("fuzzengine._mutate", ["fuzzengine/_mutate.c"], optional=True)])
