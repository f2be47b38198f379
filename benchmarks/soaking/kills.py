"""Kills and interrupts runs at random moments."""

from __future__ import annotations

import random
import signal
from pathlib import Path

from .attacked import attack
from .framework import Experiment, Finding

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _kill(folder: Path, chance: random.Random) -> Finding:
    return attack(folder, chance, signal.SIGKILL)


def _signal(folder: Path, chance: random.Random) -> Finding:
    return attack(folder, chance, chance.choice(_SIGNALS))


EXPERIMENTS = (
    Experiment("kills", "SIGKILL of a run at a random moment", _kill),
    Experiment("signals", "SIGINT, SIGTERM or SIGHUP of a run at a random moment", _signal),
)
