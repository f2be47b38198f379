"""Finds a call of `f.add` that a fuzz test reaches only after `f.fuzz`, before `f.fuzz` runs."""

from __future__ import annotations

import os
import sys

from fuzzengine.base.frames import is_engine_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from dis import Instruction
    from types import CodeType, FrameType

_NO_NEXT = frozenset(
    (
        "JUMP_BACKWARD",
        "JUMP_BACKWARD_NO_INTERRUPT",
        "JUMP_FORWARD",
        "RAISE_VARARGS",
        "RERAISE",
        "RETURN_CONST",
        "RETURN_VALUE",
    )
)
"""Instructions after which the next one is not executed."""


def late_add(f: object) -> str:
    """Return the place (`file.py:21`) of a call of `f.add` after the call that is running, or "".

    It looks at the code of all callers that follows, so that an unlimited campaign need not end
    before the user learns that a seed is not used.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        # Without the name there is no such call: `dis` takes a third as long as Python's start.
        if "add" in (*code.co_names, *code.co_consts) and not is_engine_code(code):
            names = [name for name, value in frame.f_locals.items() if value is f]
            line = _line_of_add(code, frame.f_lasti, names)
            if line:
                return f"{os.path.basename(code.co_filename)}:{line}"
        frame = frame.f_back
    return ""


def _line_of_add(code: CodeType, start: int, names: Container[str]) -> int:
    """Return the first line with a call of `add` that can follow an instruction, or 0."""
    import dis

    instructions = list(dis.get_instructions(code))
    index_of = {one.offset: index for index, one in enumerate(instructions)}
    # Inline caches follow a call.
    pending = [sum(one.offset <= start for one in instructions)]
    reached = set()
    while pending:
        index = pending.pop()
        if index in reached or index >= len(instructions):
            continue
        reached.add(index)
        one = instructions[index]
        if one.opcode in (*dis.hasjrel, *dis.hasjabs):
            pending.append(index_of[one.argval])
        if one.opname not in _NO_NEXT:
            pending.append(index + 1)
    lines = dict(dis.findlinestarts(code))
    found = []
    line = 0
    for index, one in enumerate(instructions):
        line = lines.get(one.offset) or line
        if index in reached and one.argval == "add" and _loads(instructions[index - 1], names):
            found.append(line)
    return min(found, default=0)


def _loads(instruction: Instruction, names: Container[str]) -> bool:
    """Return whether an instruction loads one of some variables, at last if it loads two."""
    loaded = instruction.argval[-1:] if isinstance(instruction.argval, tuple) else ()
    name = loaded[0] if loaded else instruction.argval
    return instruction.opname.startswith("LOAD_") and isinstance(name, str) and name in names
