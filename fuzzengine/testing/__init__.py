"""The fuzz tests' API: F and T, targets, discovery, and the selection by name (Go: testing)."""
