"""The files in which processes keep their metrics, so that `/metrics` of any process shows those of all.

Nothing here may import prometheus_client: it reads its environment once, when it is imported.
"""

from __future__ import annotations

import os
from pathlib import Path

from webapp.config.places import INSTANCE

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def keep_figures(directory: Path = INSTANCE / "metrics") -> None:
    """Keep this process's metrics in files, and remove the files of processes that have ended.

    For the entries of long-lived processes. A command that ends at once keeps its metrics in memory.
    """
    directory = Path(os.environ.setdefault(VARIABLE, str(directory)))
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.glob("*.db"):
        if not _lives(process_of(path)):
            path.unlink(missing_ok=True)


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
