"""Ends the children of a `make run` that was killed and could not do so itself. They would keep its ports.

A program by itself, which imports nothing of ours. It reads the numbers of their process groups, a line each, from
a pipe that the supervisor alone holds open, and acts when that closes. After a line of `STOPPED` there is nothing to
do.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

#: The supervisor has ended all of them.
STOPPED = "stopped"
#: Between asking them to end and killing them.
_PATIENCE_SECONDS = 5.0
_POLL_SECONDS = 0.1


def main(lines: Iterable[str]) -> None:
    said = [line.strip() for line in lines]
    if STOPPED in said:
        return
    groups = [int(number) for number in said]
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and _signal(groups, 0):
        time.sleep(_POLL_SECONDS)
    _signal(groups, signal.SIGKILL)


def _signal(groups: Iterable[int], number: int) -> bool:
    """Whether any of them is still there."""
    found = False
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
            found = True
    return found


if __name__ == "__main__":
    main(sys.stdin)
