"""What the functions of targets.py and more_targets.py raise."""


class Found(Exception):
    """The fault."""
