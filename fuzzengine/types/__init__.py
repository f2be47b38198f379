"""Types of fuzz arguments: Go's fifteen kinds, and structured Python types."""
