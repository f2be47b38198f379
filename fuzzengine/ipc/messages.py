"""The calls and answers of the worker protocol, Go's to the byte.

A call is one line of JSON with exactly one of Ping, Fuzz and Minimize; the answer is one line.
Durations are nanoseconds, bytes are base64. The input travels in shared memory. Some fields are
for workers and coordinators of fuzzengine only; Go ignores them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

PING = b'{"Ping":{},"Fuzz":null,"Minimize":null}\n'
PONG = b"{}\n"
CHAINED_MUTATIONS = 5
"""The number of mutations that are chained before a new chain starts from the input."""

SEED_VARIABLE = "FUZZENGINE_SEED"
"""The seed of a worker's random numbers."""

GO_SETTINGS = "GODEBUG"
_GO_SEED = "fuzzseed="

TEXT_VARIABLE = "FUZZENGINE_VALID_TEXT"
"""Set if texts must be valid Unicode, without lone surrogates."""

TABLE_VARIABLE = "FUZZENGINE_COVERAGE"
"""The meaning of each byte of coverage, as Coverage.freeze returned it."""


class WireError(Exception):
    """A message is neither a call nor an answer, or a value is too long for the shared memory."""


def with_go_seed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which `set_seed` also seeds test programs of Go."""
    given = environment.get(GO_SETTINGS)
    return {**environment, GO_SETTINGS: f"{given},{_GO_SEED}" if given else _GO_SEED}


def set_seed(environment: dict[str, str], seed: int) -> None:
    """Set the seed of a worker's random numbers in its environment."""
    environment[SEED_VARIABLE] = str(seed)
    before, setting, number = environment.get(GO_SETTINGS, "").rpartition(_GO_SEED)
    if setting and not number.strip("0123456789"):
        # Of two settings Go takes the last.
        environment[GO_SETTINGS] = f"{before}{setting}{seed}"


def fuzz_call(
    timeout: int,
    limit: int,
    *,
    warmup: bool,
    coverage: bytes | None,
    solve: bool = False,
    batch: Sequence[tuple[int, int]] = (),
) -> bytes:
    """Encode a Fuzz call. Without coverage the mask of the call before remains.

    Two fields are only for workers of fuzzengine. `solve`: the solver studies the input. `batch`:
    the value holds several inputs at these ranges, to be executed unmodified; the answer has
    `Runs`: the index of each coverage in `Coverages`, and the nanoseconds.
    """
    fields: dict[str, object] = {
        "Timeout": timeout,
        "Limit": limit,
        "Warmup": warmup,
        "CoverageData": coverage,
    }
    if solve:
        fields["Solve"] = True
    if batch:
        fields["Batch"] = batch
    return encode({"Ping": None, "Fuzz": fields, "Minimize": None})


def minimize_call(timeout: int, limit: int, *, keep: bytes | None, index: int) -> bytes:
    """Encode a Minimize call for the argument at an index."""
    fields = {"Timeout": timeout, "Limit": limit, "KeepCoverage": keep, "Index": index}
    return encode({"Ping": None, "Fuzz": None, "Minimize": fields})


def decode(line: bytes) -> dict[str, Any]:
    """Decode a call or an answer; CoverageData, KeepCoverage and Coverages become bytes or None.

    Raises:
        WireError: the line is not a JSON object.
    """
    objection = object_objection(line)
    if objection:
        raise WireError(objection)
    import json

    try:
        fields: dict[str, Any] = json.loads(line)
        for value in [fields, *fields.values()]:
            _decode_coverage(value)
    except ValueError as error:
        raise WireError(f"invalid JSON: {error}") from None
    return fields


def encode(fields: Mapping[str, object]) -> bytes:
    """Encode a call or an answer; bytes become base64."""
    import json

    text = json.dumps(fields, separators=(",", ":"), default=_base64)
    return text.encode("ascii") + b"\n"


def object_objection(data: bytes) -> str:
    """Return the reason why a message cannot begin a JSON object, or ""."""
    start = data.lstrip(b" \t\r\n")[:1]
    if start in (b"", b"{"):
        return ""
    shown = start.decode("latin-1")
    if not shown.isascii() or not shown.isprintable():
        shown = f"\\x{start[0]:02x}"
    return f"invalid character '{shown}' looking for beginning of value"


def _decode_coverage(value: object) -> None:
    if not isinstance(value, dict):
        return
    from binascii import a2b_base64

    for key in ("CoverageData", "KeepCoverage"):
        if isinstance(value.get(key), str):
            value[key] = a2b_base64(value[key])
    if isinstance(value.get("Coverages"), list):
        value["Coverages"] = [
            a2b_base64(one) if isinstance(one, str) else None for one in value["Coverages"]
        ]


def _base64(data: bytes) -> str:
    from binascii import b2a_base64

    return b2a_base64(data, newline=False).decode("ascii")
