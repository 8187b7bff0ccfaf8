"""The garbage collector of our processes, tuned to run seldom.

Importing creates a million objects that live as long as the process. A check or a page creates thousands of small
ones and hardly any cycle, so that reference counting frees them. By default the collector runs after every 700
objects, and now and then over everything that was ever imported. That took a fifth of a start and a quarter of a
worker's time, and delayed every twentieth page by a fifth of a second.
"""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """For the entries, before they import the application."""
    gc.set_threshold(50_000, 20, 100)


def keep_what_is_imported() -> None:
    """For the entries of long-lived processes, once everything is imported. The collector then passes over it."""
    gc.collect()
    gc.freeze()
