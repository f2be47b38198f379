"""The test program: runs the tests, seeds and campaigns of one package."""
