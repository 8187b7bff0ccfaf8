"""A check that runs, as its page shows it: for how long, whom it asks, and who has answered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.checks.watch.progress import Line, Progress
from webapp.dns.delegation import Role
from webapp.models import Check, CheckStatus

#: A single question is given up sooner, so that a worker without news for this time is gone, or its cache is.
QUIET = timedelta(seconds=12)

_OTHERS: tuple[tuple[Role, str], ...] = (
    ("ours", "Our name servers"),
    ("resolver", "Resolvers"),
    ("above", "Servers of the zones above"),
)


@dataclass(frozen=True)
class Row:
    """`icon` is one of found, missing, waiting and settling; `ms` is None before an answer."""

    icon: str
    server: str
    words: str
    ms: int | None = None


@dataclass(frozen=True)
class Watch:
    """`seconds`: how long ago the check was asked for. `waits`: no worker has begun it. `quiet_since`: from when on
    nothing was heard of the worker that has it.
    """

    seconds: int
    waits: bool
    progress: Progress | None = None
    quiet_since: datetime | None = None

    @property
    def sentence(self) -> str:
        """What is going on, without how long."""
        if self.waits:
            return "It starts in a moment."
        if self.quiet_since is not None:
            return "Nothing has come back for a while. If it stays silent, another try starts by itself."
        lines = self.progress.of("parent") if self.progress else ()
        if not lines:
            return "The answer takes a few seconds."
        done = sum(bool(line.outcome) and not line.silent for line in lines)
        return f"{done} of {len(lines)} have answered."

    @property
    def rows(self) -> list[Row]:
        """The servers of the zone that decides, each by its name."""
        return [self._row(line) for line in self.progress.of("parent")] if self.progress else []

    @property
    def others(self) -> list[Row]:
        """All other servers, a line for each kind."""
        return list(self._others()) if self.progress else []

    def _others(self) -> Iterator[Row]:
        for role, name in _OTHERS:
            lines = self.progress.of(role) if self.progress else ()
            if lines:
                answered = sum(line.answered for line in lines)
                asking = any(line.asking for line in lines) and self.quiet_since is None
                icon = "settling" if asking else "found" if answered == len(lines) else "waiting"
                yield Row(icon, name, f"{answered} of {len(lines)} answered")

    def _row(self, line: Line) -> Row:
        if line.wanted:
            icon = "found" if line.found == line.wanted else "missing"
            return Row(icon, line.server, f"{line.found} of {line.wanted} found", line.ms)
        if line.asking:
            quiet = self.quiet_since is not None
            return (
                Row("waiting", line.server, "no answer so far")
                if quiet
                else Row("settling", line.server, "asking")
            )
        if not line.outcome:
            return Row("waiting", line.server, "not asked")
        if line.silent:
            return Row("waiting", line.server, "no answer", line.ms)
        words = "answered" if line.answered else f"answered with {line.outcome}"
        return Row("found" if line.answered else "waiting", line.server, words, line.ms)

    @property
    def version(self) -> str:
        """Changes with what is shown, except how long it has been."""
        shown = (self.sentence, self.rows, self.others, self.quiet_since)
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]


def watch(check: Check | None, read: Callable[[int], Progress | None], now: datetime) -> Watch | None:
    """None without a check that is open. `read` gives what its worker told last."""
    if check is None:
        return None
    seconds = max(0, int((now - check.created_at).total_seconds()))
    if check.status is not CheckStatus.RUNNING:
        return Watch(seconds, waits=True)
    progress = read(check.id)
    quiet = progress is not None and now - progress.at > QUIET
    return Watch(
        seconds, waits=False, progress=progress, quiet_since=progress.at if progress and quiet else None
    )
