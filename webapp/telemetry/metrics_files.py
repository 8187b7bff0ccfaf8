"""The files in which processes keep their metrics, so that `/metrics` of any process shows those of all.

Nothing here may import prometheus_client: it reads its environment once, when it is imported.
"""

from __future__ import annotations

import os
from pathlib import Path

from webapp.boot.starting import why_unusable
from webapp.config.places import INSTANCE
from webapp.config.settings import ConfigurationError

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def keep_figures(directory: Path = INSTANCE / "metrics") -> None:
    """Keep this process's metrics in files, and remove the files of processes that have ended.

    For the entries of long-lived processes. A command that ends at once keeps its metrics in memory. Raises
    `ConfigurationError`.
    """
    chosen = os.environ.get(VARIABLE)
    directory = Path(chosen or directory)
    if reason := why_unusable(directory):
        setting = VARIABLE if chosen else "NAMEPLATE_INSTANCE"
        raise ConfigurationError(f"{setting}: {directory} cannot be used: {reason}.")
    os.environ[VARIABLE] = str(directory)
    for path in files_in(directory):
        if not _lives(process_of(path)):
            path.unlink(missing_ok=True)


def files_in(directory: Path) -> list[Path]:
    """The files of processes, without what somebody else has put beside them."""
    return sorted(path for path in directory.glob("*_*.db") if path.stem.rpartition("_")[2].isdecimal())


def process_of(path: Path) -> int:
    """The process that a file such as counter_4711.db belongs to."""
    return int(path.stem.rpartition("_")[2])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
