"""The garbage collector of long-lived processes, tuned to look for cycles seldom."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """For the entries of long-lived processes, once everything is imported.

    A check or a page makes thousands of small objects and hardly a cycle, so reference counting frees them. By
    default the collector looks for cycles every 700 of them, now and then among all that was ever imported: that
    was a quarter of a worker's time, and made every twentieth page wait for a fifth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
