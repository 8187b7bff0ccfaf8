"""What is said of one kind of problem, whoever runs into it."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """`status` is the one of HTTP. `meaning` and `advice` are whole sentences: what it means, and what to do."""

    status: int
    title: str
    meaning: str
    advice: str
