"""Formats the live block: the state of the campaigns as a few lines for a terminal."""

from __future__ import annotations

from fuzzengine.report.record import workers_text
from scriptest.base import streams
from scriptest.base.duration import format_coarse
from scriptest.base.visible import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fuzzengine.report.record import CampaignRecord, RunRecord

_BOLD, _DIM, _RED, _GREEN, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", ""
_RESET = "\x1b[m"
_INDENT = "  "
_LABEL = 12
_NODES = 6
"""The most nodes that have a line each."""

_LEAST_ACTIVITY = 12
"""The columns that a table leaves for what each fuzz test is doing."""

_Cell = tuple[str, str]
"""A text, and the escape sequence of its style."""


def block(record: RunRecord, *, width: int, height: int, colour: bool) -> list[str]:
    """Return the lines of the block.

    Args:
        record: the events of the campaigns.
        width: the columns of the terminal.
        height: its lines; the block has fewer.
        colour: use bold, dim and coloured text.
    """
    campaigns = list(record.campaigns.values())
    if len(campaigns) == 1 and not campaigns[0].is_share:
        rows = _of_one(campaigns[0])
    else:
        rows = _of_several(campaigns, width, height)
    if len(rows) < height - 1:
        # It separates the block from the output above it.
        rows.insert(0, [])
    # The last column stays free, because some terminals wrap after it.
    lines = [_line(row, max(width - 1, 1), colour=colour) for row in rows]
    return lines[: max(height - 1, 1)]


def _of_one(campaign: CampaignRecord) -> list[list[_Cell]]:
    start = campaign.start
    facts = [format_coarse(campaign.seconds)]
    if "Left" in campaign.progress:
        facts.append(f"{format_coarse(campaign.progress['Left'])} left")
    if start:
        place = start["Cluster"] if campaign.on_cluster else workers_text(start["Workers"])
        facts += [visible(place), f"seed {start['Seed']}"]
    rows = [
        ("executions", _executions(campaign), _PLAIN),
        ("coverage", _coverage(campaign), _PLAIN),
        ("corpus", _corpus(campaign), _PLAIN),
        ("failures", _failures(campaign), _RED if campaign.kinds else _PLAIN),
        ("now", campaign.activity, _PLAIN),
    ]
    if campaign.on_cluster:
        rows[1:1] = _nodes(campaign)
    return [
        [(_name(campaign), _BOLD), (f"  {', '.join(facts)}", _DIM)],
        *([(f"{_INDENT}{label:<{_LABEL}}", _DIM), (text, style)] for label, text, style in rows),
    ]


def _nodes(campaign: CampaignRecord) -> list[tuple[str, str, str]]:
    """Return the rows of a cluster: the number of its nodes and leases, and single nodes."""
    nodes = campaign.node_rows
    joined = [row for row in nodes if row[1] == "joined"]
    leases = campaign.progress.get("Leases", 0)
    text = f"{len(joined):,}, {leases:,} lease{'s' if leases != 1 else ''} finished"
    for state in ("lost", "refused"):
        count = sum(row[1] == state for row in nodes)
        text += f", {count:,} {state}" if count else ""
    rows = [("nodes", text, _PLAIN)]
    rows += [("", f"{visible(name)}  {rate:,.0f}/s", _DIM) for name, _, rate in joined[:_NODES]]
    rest = len(joined) - _NODES
    return [*rows, ("", f"and {rest:,} more", _DIM)] if rest > 0 else rows


def _name(campaign: CampaignRecord) -> str:
    return " ".join(visible(campaign.name).split())


def _executions(campaign: CampaignRecord) -> str:
    limit = campaign.start.get("Limit", 0)
    end = f" of {limit:,}" if limit else ""
    return f"{campaign.execs:,}{end} ({campaign.rate.last:,.0f}/s)"


def _coverage(campaign: CampaignRecord) -> str:
    """Return the number of reached blocks, and of those known."""
    reached, known = int(campaign.blocks.last), campaign.known_blocks
    if not known:
        return "not measured" if not reached else f"{reached:,} blocks"
    return f"{reached:,} of {known:,} blocks"


def _failures(campaign: CampaignRecord) -> str:
    kinds = len(campaign.kinds)
    if not kinds:
        return "none"
    text = "1 kind" if kinds == 1 else f"{kinds:,} kinds"
    return f"{campaign.failures:,} of {text}" if campaign.failures else text


def _corpus(campaign: CampaignRecord) -> str:
    inputs = int(campaign.inputs.last)
    text = f"{inputs:,} input{'s' if inputs != 1 else ''}, {campaign.new_inputs:,} new"
    if campaign.last_find:
        text += f", last find {format_coarse(campaign.seconds - campaign.last_find)} ago"
    return text


_FAILURES = "failures"
_COLUMNS: tuple[tuple[str, int, Callable[[CampaignRecord], str]], ...] = (
    ("execs", 0, lambda one: f"{one.execs:,}"),
    ("per second", 3, lambda one: f"{one.rate.last:,.0f}"),
    ("blocks", 1, lambda one: f"{int(one.blocks.last):,}/{one.known_blocks:,}"),
    ("corpus", 5, lambda one: f"{int(one.inputs.last):,}"),
    ("new", 4, lambda one: f"{one.new_inputs:,}"),
    (_FAILURES, 2, lambda one: f"{len(one.kinds):,}"),
)
"""The columns of the table: title, rank (the highest is omitted first), and text."""


def _of_several(campaigns: Sequence[CampaignRecord], width: int, height: int) -> list[list[_Cell]]:
    """Return a table with a row for each fuzz test that was started; the running one is bold."""
    names = [_name(campaign) for campaign in campaigns]
    first = max(map(len, [*names, "fuzz test"]))
    texts = {
        title: [title, *(text(campaign) for campaign in campaigns)] for title, _, text in _COLUMNS
    }
    shown = [(title, rank, max(map(len, texts[title]))) for title, rank, _ in _COLUMNS]
    while shown and first + sum(size + 2 for _, _, size in shown) + _LEAST_ACTIVITY > width:
        shown.remove(max(shown, key=lambda column: column[1]))

    def cells(row: int, name: str, activity: str, style: str, failed: str) -> list[_Cell]:
        columns = [
            (f"  {texts[title][row]:>{size}}", failed if title == _FAILURES else style)
            for title, _, size in shown
        ]
        return [(f"{name:<{first}}", style), *columns, (f"  {activity}", style)]

    rows = [cells(0, "fuzz test", "now", _DIM, _DIM)]
    for number, campaign in enumerate(campaigns, 1):
        style = _PLAIN if campaign.end else _BOLD
        failed = _RED if campaign.kinds else style
        rows.append(cells(number, names[number - 1], campaign.activity, style, failed))
    if len(rows) > height - 1:
        rows = _cut(rows, campaigns, height - 1)
    return rows


def _cut(
    rows: Sequence[list[_Cell]], campaigns: Sequence[CampaignRecord], most: int
) -> list[list[_Cell]]:
    """Return the title and as many rows as fit: those that run or failed before others."""
    room = max(most - 2, 0)
    order = sorted(
        range(len(campaigns)), key=lambda i: (bool(campaigns[i].end), not campaigns[i].kinds)
    )
    kept = [rows[index + 1] for index in sorted(order[:room])]
    rest = len(campaigns) - len(kept)
    return [rows[0], *kept, [(f"and {rest:,} more fuzz tests", _DIM)]]


def _line(cells: Sequence[_Cell], width: int, *, colour: bool) -> str:
    """Return the cells of a line, cut to a width, with their styles."""
    text = ""
    left = width
    for part, style in cells:
        fitting = _fitting(part, left)
        left -= streams.cells(fitting)
        text += f"{style}{fitting}{_RESET}" if colour and style and fitting else fitting
        if fitting != part:
            break
    return text


def _fitting(text: str, width: int) -> str:
    while streams.cells(text) > width:
        text = text[:-1]
    return text
