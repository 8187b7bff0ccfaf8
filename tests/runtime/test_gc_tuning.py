"""Long-lived processes look for garbage seldom, and still find it."""

from __future__ import annotations

import gc
import os
import secrets
import subprocess
import sys
import weakref
from pathlib import Path

from webapp.runtime.gc_tuning import collect_seldom, keep_what_is_imported


class Knot:
    """Refers to itself, as what only the collector frees does."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_imported_is_left_alone_and_later_garbage_found() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        collect_seldom()
        keep_what_is_imported()
        assert gc.get_freeze_count() > frozen
        assert gc.get_threshold() > (1000, 0, 0)
        later = weakref.ref(Knot())
        gc.collect()
        assert later() is None
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_gunicorn_says_so_to_each_of_its_workers(tmp_path: Path) -> None:
    """In a process of its own: the settings of gunicorn change the process that reads them."""
    told = (
        "import gc, webapp.gunicorn_config as told; told.post_worker_init(None); print(gc.get_freeze_count())"
    )
    settings = {"SECRET_KEY": secrets.token_hex(), "NAMEPLATE_INSTANCE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", told],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(done.stdout) > 1000
