"""That the tests' own servers serve, and give each test a fresh start."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, inspect, text

from tests.servers.fork_server import ForkedPopen, run
from tests.servers.postgresql import restartable_postgresql
from tests.servers.smtp import Mailbox


def _insert_and_count(url: str) -> int:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO roles (name, permissions) VALUES ('guest', '')"))
        count: int = connection.execute(text("SELECT count(*) FROM roles")).scalar_one()
    engine.dispose()
    return count


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_database_is_fresh_for_each_test(database_url: str, time: str) -> None:
    assert _insert_and_count(database_url) == 1


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    engine = create_engine(empty_database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_commit_outlives_a_crash_of_the_database() -> None:
    """Else a test of crashes would report as lost by us what its own server dropped."""
    with restartable_postgresql() as (database, server):
        engine = create_engine(database.url("postgres"))
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept (id integer)"))
        for number in range(1, 21):
            with engine.begin() as connection:
                connection.execute(text("INSERT INTO kept VALUES (:number)"), {"number": number})
        server.stop(signal.SIGQUIT)
        server.start()
        engine.dispose()
        with engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM kept")).scalar_one() == 20
        engine.dispose()


@pytest.mark.parametrize("time", ["first", "second"])
def test_redis_is_empty_for_each_test(redis_url: str, time: str) -> None:
    with redis.Redis.from_url(redis_url) as connection:
        assert connection.incr("seen") == 1


def test_the_mailbox_keeps_what_is_sent(mailbox: Mailbox) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Prüfung", "a@acme.test", "b@acme.test"
    message.set_content("Straße")
    with smtplib.SMTP("127.0.0.1", mailbox.port) as client:
        client.send_message(message)
    (received,) = mailbox.messages
    assert received["Subject"] == "Prüfung"
    assert received.get_content().strip() == "Straße"


def says(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`timeit` runs the statement that it is given, as `python -m` starts it."""
    return run(["timeit", "-n1", "-r1", program], cwd=folder, env={"ONLY": "this"}, timeout=180)


def test_forked_program_is_a_child_with_what_it_was_given_and_nothing_of_ours(tmp_path: Path) -> None:
    ours = "[name for name in sys.modules if name.startswith(('webapp', 'prometheus_client'))]"
    given = f"[os.getppid(), os.getcwd(), os.umask(0), dict(os.environ), sys.path[1], {ours}]"
    before = os.umask(0o027)
    try:
        done = says(f"import json, os, sys; print(json.dumps({given}))", tmp_path)
    finally:
        os.umask(before)
    assert json.loads(done.stdout.splitlines()[0]) == [
        os.getpid(),
        str(tmp_path),
        0o027,
        {"ONLY": "this"},
        str(tmp_path),
        [],
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_forked_program_that_fails_or_is_killed_says_so(tmp_path: Path) -> None:
    done = says("nonsense", tmp_path)
    assert done.returncode == 1
    assert "NameError" in done.stderr
    with ForkedPopen(["timeit", "import time; time.sleep(60)"], cwd=tmp_path) as process:
        assert process.poll() is None
        process.kill()
        assert process.wait(60) == -signal.SIGKILL
