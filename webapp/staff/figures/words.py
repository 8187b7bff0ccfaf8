"""How lengths of time are written in figures: short, and with two digits."""

from __future__ import annotations

_UNITS = (("days", 86400.0), ("h", 3600.0), ("min", 60.0))


def duration(seconds: float | None) -> str:
    """“84 ms”, “1.2 s”, “4 min”, “3.5 h”, “2 days”; a dash for nothing known."""
    if seconds is None:
        return "–"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{_short(seconds / length)} {unit}"
    return f"{_short(seconds)} s"


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 9.95 else f"{number:.1f}".removesuffix(".0")
