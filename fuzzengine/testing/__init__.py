"""What a fuzz test uses: F, T, targets, discovery and name matching (Go: testing)."""
