"""Commands that make what the pages show: outputs, recordings and plots."""
