"""Shows the code that corpora reach, for `fuzzengine cover`, as text or as a page."""

from __future__ import annotations

import json
import os

from fuzzengine.instrument.reach_log import FACTS, LOG, Reach
from fuzzengine.instrument.statements import Statements
from fuzzengine.report.html import Page
from fuzzengine.report.record import ModuleRecord, RunRecord
from scriptest.base.regular_files import read_file
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

_INSTALLED = {"site-packages", "dist-packages"}
_STANDARD = os.path.dirname(os.__file__) + os.sep
_COLUMNS = ("file", "lines", "", "blocks", "", "missing lines")


class FileReach:
    """The lines and blocks of a file that were reached.

    Attributes:
        record: its blocks, and the lines that were executed.
        lines: the first lines of its statements.
        missing: those of them that were not executed.
        problem: the reason why its source cannot be read, or "".
    """

    def __init__(self, record: ModuleRecord) -> None:
        self.record = record
        self.lines: Sequence[int] = ()
        self.missing: Sequence[int] = ()
        self.problem = ""
        try:
            statements = Statements(read_file(record.file), record.file)
        except (OSError, SyntaxError, ValueError) as error:
            self.problem = f"the source cannot be read: {error}"
            return
        executed = statements.executed(set(record.lines or ()))
        self.lines = statements.lines
        self.missing = [line for line in self.lines if line not in executed]

    @property
    def missing_ranges(self) -> str:
        """The missing statements, such as `7, 12-14`; between those of a range are no others."""
        missing, ranges = set(self.missing), []
        start: int | None = None
        for line, following in zip(self.lines, [*self.lines[1:], 0], strict=True):
            if line not in missing:
                continue
            start = line if start is None else start
            if following not in missing:
                ranges.append(f"{start}-{line}" if line > start else f"{line}")
                start = None
        return ", ".join(ranges)


class CoverReport:
    """The code that the corpora of the fuzz tests of a package reach.

    Installed packages are left out if no input reaches them and they are not named: test tools and
    what they import.

    Attributes:
        record: the modules.
        facts: for each fuzz test, facts about its corpus.
        jumps: for each fuzz test, the jumps between lines by file.
    """

    def __init__(self, stored: str, folder: str, named: Sequence[str] = ()) -> None:
        """Read what was stored.

        Args:
            stored: the folder with the logs.
            folder: the folder of the package, to which paths are relative.
            named: packages that are reported in any case.

        Raises:
            OSError: a file cannot be read.
        """
        self.record = RunRecord()
        self.facts: dict[str, dict[str, Any]] = {}
        self.jumps: dict[str, dict[str, set[tuple[int, int]]]] = {}
        self._folder = folder
        names = [name.removesuffix(FACTS) for name in os.listdir(stored) if name.endswith(FACTS)]
        for name in sorted(names):
            with open(os.path.join(stored, name + FACTS), encoding="utf-8") as file:
                self.facts[name] = json.load(file)
            if _inputs(self.facts[name]):
                reach = Reach(os.path.join(stored, name + LOG))
                self.jumps[name] = reach.jumps
                self._add(name, reach)
        self._leave_out(named)

    def _leave_out(self, named: Sequence[str]) -> None:
        """Remove the modules of installed packages that no input reaches."""
        modules = self.record.modules
        out = [name for name, record in modules.items() if not _is_listed(record, named)]
        for name in out:
            file = modules.pop(name).file
            for jumps in self.jumps.values():
                jumps.pop(file, None)

    def _add(self, name: str, reach: Reach) -> None:
        modules = self.record.modules
        for module, (file, blocks) in reach.modules.items():
            reached = blocks.decode()
            known = modules.setdefault(module, ModuleRecord(module, file, reached))
            inputs = self.facts[name]["Modules"].get(module, {})
            known.add(name, {"Reached": reached, **inputs})
            executed = {
                abs(line) for jump in reach.jumps.get(file, ()) for line in jump if line > 0
            }
            known.lines = (known.lines or frozenset()) | executed

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return sum(_inputs(facts) for facts in self.facts.values())

    def files(self) -> list[FileReach]:
        """Return the files: the package's before others."""
        records = sorted(self.record.modules.values(), key=self._order)
        return [FileReach(record) for record in records]

    def _order(self, record: ModuleRecord) -> tuple[bool, str]:
        return not self._is_inside(record.file), self.shown(record)

    def _is_inside(self, file: str) -> bool:
        return file.startswith(self._folder + os.sep)

    def shown(self, record: ModuleRecord) -> str:
        """Return a file relative to the package's folder, or to where it is imported from."""
        if self._is_inside(record.file):
            return os.path.relpath(record.file, self._folder)
        parts = record.name.split(".")
        if os.path.basename(record.file) == "__init__.py":
            parts.append("__init__")
        return "/".join(parts) + ".py"

    def text(self) -> str:
        """Return the report as text."""
        lines = [f"{name}: {facts_line(facts)}" for name, facts in self.facts.items()]
        files = self.files()
        rows = [
            (
                self.shown(file.record),
                *_share(len(file.lines) - len(file.missing), len(file.lines)),
                *_share(file.record.reached.count("1"), len(file.record.reached)),
                file.problem or file.missing_ranges,
            )
            for file in files
        ]
        total = sum(len(file.lines) for file in files)
        missing = sum(len(file.missing) for file in files)
        blocks = "".join(file.record.reached for file in files)
        rows.append(
            ("total", *_share(total - missing, total), *_share(blocks.count("1"), len(blocks)), "")
        )
        return visible("\n".join([*lines, "", *_table([_COLUMNS, *rows]), ""]))

    def page(self, package: str, flags: Sequence[str]) -> str:
        """Return the report as HTML."""
        return _CoverPage(self, package, flags, self._folder).document()


def _is_listed(record: ModuleRecord, named: Sequence[str]) -> bool:
    if not (_INSTALLED & set(record.file.split(os.sep)) or record.file.startswith(_STANDARD)):
        return True
    if any(record.name == name or record.name.startswith(f"{name}.") for name in named):
        return True
    # A module that was imported later than the others has no hits.
    return any(record.hits) if record.has_hits else "1" in record.reached


def facts_line(facts: dict[str, Any]) -> str:
    """Return the line about a corpus, such as `3 inputs: 1 of f.add, 2 of the cache`."""
    count = _inputs(facts)
    sources = (("Added", "f.add"), ("Testdata", "testdata"), ("Cached", "the cache"))
    parts = [f"{facts[key]} of {source}" for key, source in sources if facts[key]]
    line = f"{count} input{'s' if count != 1 else ''}"
    if parts:
        line += f": {', '.join(parts)}"
    return f"{line}; {facts['Failing']} failed" if facts["Failing"] else line


def _inputs(facts: dict[str, Any]) -> int:
    return int(facts["Added"] + facts["Testdata"] + facts["Cached"])


def _share(reached: int, total: int) -> tuple[str, str]:
    # Rounded down, so that only what is complete is 100 %.
    return f"{reached}/{total}", f"{100 * reached // total}%" if total else ""


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        first, *shares, last = row
        cells = [f"{first:<{widths[0]}}"]
        for text, width in zip(shares, widths[1:-1], strict=True):
            cells.append(f"{text:>{width}}")
        lines.append("  ".join([*cells, last]).rstrip())
    return lines


class _CoverPage(Page):
    """The report as a page."""

    _never = "it never ran"

    def __init__(
        self, report: CoverReport, package: str, flags: Sequence[str], folder: str
    ) -> None:
        super().__init__(report.record, package=package, flags=flags, folder=folder)
        self._report = report

    def _verdict(self) -> str:
        return "What the corpus reaches"

    def _head(self, modules: Sequence[ModuleRecord]) -> str:
        files = self._report.files()
        total = sum(len(file.lines) for file in files)
        missing = sum(len(file.missing) for file in files)
        reached = sum(module.reached.count("1") for module in modules)
        blocks = sum(len(module.reached) for module in modules)
        tests = [f"{name}: {facts_line(facts)}" for name, facts in self._report.facts.items()]
        return self._render(
            "fuzz_head.html",
            running=False,
            verdict=self._verdict(),
            facts=[
                visible(self._package),
                *map(visible, tests),
                f"{total - missing:,} of {total:,} lines reached",
                f"{reached:,} of {blocks:,} blocks reached",
            ],
            flags=self._flags,
            parts=[("good", total - missing), ("rest", missing)] if total else [],
        )
