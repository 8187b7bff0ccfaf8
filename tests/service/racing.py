"""Several threads of one application that all want the same row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from flask import Flask

from tests.app_fixtures import make_app
from webapp.extensions import db

T = TypeVar("T")


@pytest.fixture
def racing_app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def at_once(app: Flask, *acts: Callable[[], T]) -> list[T | Exception]:
    """Run each act in a thread and session of its own, released together; what it returns or raises."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | Exception:
        with app.app_context():
            try:
                barrier.wait()
                result = act()
                db.session.commit()
            except Exception as err:  # noqa: BLE001 - the test looks at it
                db.session.rollback()
                return err
            return result

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
