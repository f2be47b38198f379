"""Runs Atheris harnesses: a stand-in for the module `atheris`, and libFuzzer's command line."""
