"""Settings: `scriptest.yaml`, a script's own header, and the variants of a matrix."""
