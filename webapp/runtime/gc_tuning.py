"""The garbage collector of long-lived processes, tuned to run seldom."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """For the entries of long-lived processes, once everything is imported.

    A check or a page creates thousands of small objects and hardly any cycle, so that reference counting frees them.
    By default the collector runs after every 700 objects, and now and then over everything that was ever imported.
    That took a quarter of a worker's time, and delayed every twentieth page by a fifth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
