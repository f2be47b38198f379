"""Names under which counting code finds its helpers in the builtins (see counters)."""

from __future__ import annotations

COUNTERS = "__fuzzengine_counters__"
STEP = "__fuzzengine_step__"
FIRST = "__fuzzengine_first__"
STORE = "__fuzzengine_store__"
HITS = "__fuzzengine_hits__"
NAMES = (COUNTERS, STEP, FIRST, STORE, HITS)
