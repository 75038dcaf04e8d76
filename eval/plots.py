"""Plots as SVG written by hand: they take the page's colours, light and dark, and load nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from eval.statistics import Interval

Point = tuple[float, float]

_WIDTH, _HEIGHT = 420, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 12, 44
_TICKS = 5
_STRIP = 160


@dataclass(frozen=True, slots=True)
class Series:
    """A line of a plot. `sizes`, where given, are the areas of its dots, 1 being the largest."""

    name: str
    points: Sequence[Point]
    sizes: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """A label, and the values at both ends. `ticks` are labelled instead of even steps."""

    label: str
    low: float = 0.0
    high: float = 1.0
    ticks: tuple[tuple[float, str], ...] = ()

    def marks(self) -> Sequence[tuple[float, str]]:
        """Where the axis is labelled, and how."""
        if self.ticks:
            return self.ticks
        step = _round_step((self.high - self.low) / _TICKS)
        count = int((self.high - self.low) / step + 1e-9)
        return [(self.low + n * step, f"{self.low + n * step:.3g}") for n in range(count + 1)]

    def share(self, value: float) -> float:
        """Where a value lies, 0 being the low end; what is outside lies on the edge."""
        span = (self.high - self.low) or 1.0
        return min(1.0, max(0.0, (value - self.low) / span))


def _round_step(wanted: float) -> float:
    """The smallest of 1, 2, 5, 10, ... times a power of ten that is not below `wanted`."""
    power = 10.0 ** math.floor(math.log10(wanted or 1.0))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= wanted * (1 - 1e-9))


def line_plot(
    title: str, x: Axis, y: Axis, series: Sequence[Series], *, diagonal: bool = False
) -> str:
    """An SVG figure with a line for each series, coloured by its place (classes s0, s1, ...)."""
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">',
        *_grid(x, y),
    ]
    if diagonal:
        parts.append(
            f'<path class="diagonal" d="{_path(x, y, [(x.low, y.low), (x.high, y.high)])}"/>'
        )
    for number, one in enumerate(series):
        parts += _line(number, one, x, y)
    parts.append("</svg>")
    return "".join(parts)


def interval_plot(found: Sequence[Interval | None]) -> str:
    """An SVG strip from 0 to 1 with a dot for each figure and a line for its interval, one below
    the other and coloured by place; what lies outside is on the edge."""
    height, x = 8 * len(found) + 4, Axis("")
    ends = [4 + _STRIP * share for share in (0, 0.5, 1)]
    parts = [
        f'<svg class="strip" viewBox="0 0 {_STRIP + 8} {height}" width="{_STRIP + 8}"'
        f' height="{height}" aria-hidden="true">',
        *(f'<path class="grid" d="M{end} 0V{height}"/>' for end in ends),
    ]
    for number, one in enumerate(found):
        if one is None:
            continue
        middle = 8 * number + 6
        if one.low is not None and one.high is not None:
            left, right = (4 + _STRIP * x.share(value) for value in (one.low, one.high))
            parts.append(f'<path class="line s{number}" d="M{left:.1f} {middle}H{right:.1f}"/>')
        place = 4 + _STRIP * x.share(one.estimate)
        parts.append(f'<circle class="dot s{number}" cx="{place:.1f}" cy="{middle}" r="3"/>')
    return "".join([*parts, "</svg>"])


def _line(number: int, series: Series, x: Axis, y: Axis) -> list[str]:
    if not series.points:
        return []
    drawn = [f'<path class="line s{number}" d="{_path(x, y, series.points)}"/>']
    sizes = series.sizes or ([0.1] * len(series.points) if len(series.points) <= 12 else [])
    for point, size in zip(series.points, sizes, strict=False):
        left, top = _place(x, y, point)
        words = escape(f"{series.name}: {point[0]:.3g}, {point[1]:.3g}")
        drawn.append(
            f'<circle class="dot s{number}" cx="{left:.1f}" cy="{top:.1f}"'
            f' r="{2 + 6 * size**0.5:.1f}"><title>{words}</title></circle>'
        )
    return drawn


def _grid(x: Axis, y: Axis) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for value, label in y.marks():
        _, top = _place(x, y, (x.low, value))
        parts.append(f'<path class="grid" d="M{_LEFT} {top:.1f}H{right}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{top + 4:.1f}" class="end">{escape(label)}</text>')
    for value, label in x.marks():
        left, _ = _place(x, y, (value, y.low))
        parts.append(f'<path class="grid" d="M{left:.1f} {_TOP}V{bottom}"/>')
        parts.append(
            f'<text x="{left:.1f}" y="{bottom + 16}" class="middle">{escape(label)}</text>'
        )
    middle = (_LEFT + right) / 2
    parts.append(f'<text x="{middle}" y="{_HEIGHT - 6}" class="middle">{escape(x.label)}</text>')
    centre = (_TOP + bottom) / 2
    parts.append(
        f'<text transform="translate(12 {centre}) rotate(-90)" class="middle">'
        f"{escape(y.label)}</text>"
    )
    return parts


def _path(x: Axis, y: Axis, points: Sequence[Point]) -> str:
    places = [_place(x, y, point) for point in points]
    return "M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in places)


def _place(x: Axis, y: Axis, point: Point) -> Point:
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    return _LEFT + width * x.share(point[0]), _TOP + height * (1 - y.share(point[1]))
