"""Static checks of scripts."""
