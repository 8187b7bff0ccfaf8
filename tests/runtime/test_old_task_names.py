"""Messages that were sent before an upgrade, under the names that tasks had then."""

from __future__ import annotations

import threading

import pytest
from celery import Celery, signals
from celery.contrib.testing.worker import start_worker
from flask import Flask
from werkzeug.utils import import_string

from tests.factories import make_domain, make_zone
from webapp.checks import request
from webapp.extensions import db
from webapp.models import Account, Check, CheckOrigin, CheckStatus, utcnow
from webapp.runtime.broker import prepare
from webapp.runtime.old_task_names import OLD_NAMES, register_old_names


@pytest.fixture
def celery(app: Flask) -> Celery:
    """As in a worker, which imports every room's tasks."""
    celery: Celery = app.extensions["celery"]
    for name in OLD_NAMES.values():
        import_string(name)
    register_old_names(celery)
    return celery


def test_message_with_an_old_name_is_done(app: Flask, celery: Celery, account: Account) -> None:
    domain = make_domain(account)
    make_zone(domain)
    check = request.open_new_check(domain, CheckOrigin.CUSTOMER, utcnow()).check
    db.session.commit()
    ended = threading.Event()

    def note(**_: object) -> None:
        ended.set()

    prepare(celery)
    celery.send_task("webapp.domains.tasks.run_check", (check.id,))
    signals.task_postrun.connect(note)
    with start_worker(celery, pool="solo", perform_ping_check=False):
        assert ended.wait(30), "no task took the message"
    signals.task_postrun.disconnect(note)
    db.session.expire_all()
    assert db.session.get_one(Check, check.id).status is CheckStatus.DONE


@pytest.mark.parametrize("old", sorted(OLD_NAMES))
def test_old_name_does_what_the_new_one_does(celery: Celery, old: str) -> None:
    assert celery.tasks[old].run is celery.tasks[OLD_NAMES[old]].run
