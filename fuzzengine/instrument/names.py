"""The names that counting code uses, all of them in the builtins (see steps.py)."""

from __future__ import annotations

COUNTERS = "__fuzzengine_counters__"
STEP = "__fuzzengine_step__"
FIRST = "__fuzzengine_first__"
STORE = "__fuzzengine_store__"
HITS = "__fuzzengine_hits__"
NAMES = (COUNTERS, STEP, FIRST, STORE, HITS)
