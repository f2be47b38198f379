"""Coverage-guided fuzzing of Python functions, after Go's native fuzzing."""
