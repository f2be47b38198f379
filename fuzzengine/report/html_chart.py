"""Draws charts as SVG: figures over time, with round numbers on the axes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 340, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 12, 24
_MOST_POINTS = 300
_UNITS = ((3600, "h"), (60, "m"), (1, "s"))
_FEWEST_UNITS = 4


class Chart:
    """A chart, as the template needs it.

    Attributes:
        title: the heading.
        summary: the curve in words, for screen readers.
        line, area: SVG paths of the curve and of the area below it.
        rows, columns: positions and labels of the marks on the axes.
        end: the position of the last point.
        now: the figure beside the title.
    """

    def __init__(
        self, title: str, points: Sequence[tuple[float, float]], *, stepped: bool, now: str = ""
    ) -> None:
        """Draw a chart.

        Args:
            title: the heading.
            points: pairs of seconds and a figure.
            stepped: draw steps between the points instead of straight lines.
            now: the figure beside the title, by default the last one.
        """
        self.title = title
        points = thinned(points or [(0.0, 0.0)])
        longest = max(points[-1][0], 0.001)
        y_marks = round_marks(max(value for _, value in points))
        top = y_marks[-1]
        unit, letter = _unit_of(longest)
        x_marks = [mark for mark in round_marks(longest / unit) if mark * unit <= longest]

        def x_of(time: float) -> float:
            return _LEFT + (WIDTH - _LEFT - _RIGHT) * time / longest

        def y_of(value: float) -> float:
            return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top

        drawn = [(x_of(time), y_of(value)) for time, value in points]
        self.line = _path(drawn, stepped=stepped)
        base = f"{HEIGHT - _BOTTOM}"
        self.area = f"{self.line}V{base}H{drawn[0][0]:.1f}Z"
        self.rows = [(f"{y_of(mark):.1f}", short(mark)) for mark in y_marks]
        self.columns = [_column(x_of(mark * unit), f"{mark:g}{letter}") for mark in x_marks]
        self.end = (f"{drawn[-1][0]:.1f}", f"{drawn[-1][1]:.1f}")
        self.now = now or short(points[-1][1])
        self.summary = (
            f"{title}: from {short(points[0][1])} to {short(points[-1][1])} "
            f"within {longest:.1f} seconds, at most {short(max(v for _, v in points))}"
        )


def _unit_of(longest: float) -> tuple[int, str]:
    """Return the unit of an axis of time: its seconds and its letter."""
    return next((one for one in _UNITS if longest >= _FEWEST_UNITS * one[0]), _UNITS[-1])


def _column(x: float, label: str) -> tuple[str, str, str]:
    """Return the position of a label, the label, and its alignment (SVG's text-anchor)."""
    anchor = "start" if x < _LEFT + 10 else "end" if x > WIDTH - _RIGHT - 10 else "middle"
    return f"{x:.1f}", label, anchor


def _path(points: Sequence[tuple[float, float]], *, stepped: bool) -> str:
    x, y = points[0]
    parts = [f"M{x:.1f} {y:.1f}"]
    for x, y in points[1:]:
        parts.append(f"H{x:.1f}V{y:.1f}" if stepped else f"L{x:.1f} {y:.1f}")
    return "".join(parts)


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return at most 301 of the points, the first and the last among them."""
    step = -(-len(points) // _MOST_POINTS)
    kept = list(points[::step])
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def round_marks(largest: float) -> list[float]:
    """Return two to seven evenly spaced round numbers from 0 to at least the largest."""
    if not largest:
        return [0, 1]
    step = 0.001
    while True:
        for factor in (1, 2, 5):
            if largest <= 5 * step * factor:
                count = max(-(-largest // (step * factor)), 1)
                return [round(index * step * factor, 6) for index in range(int(count) + 1)]
        step *= 10


def short(value: float) -> str:
    """Return a figure as axes show it: 12, 3.4k, 1.2M."""
    for size, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{name}"
    return f"{value:.3g}"
