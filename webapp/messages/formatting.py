"""How names and times are said to people, on pages and in mails alike."""

from __future__ import annotations

from datetime import datetime

from webapp.dns import names


def shown(name: str) -> str:
    """A stored name for people: in its own letters and, where they differ, as DNS has it."""
    return names.HostName(name).shown


def clock(moment: datetime) -> str:
    """A time as pages say it: date, clock time and time zone."""
    return f"{moment:%-d %B %Y, %H:%M} UTC"


def day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"


def one_line(text: str) -> str:
    """`text` with every run of blanks, line ends and control characters made one blank: safe for a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
