"""Settings: `scriptest.yaml`, script headers and matrices."""
