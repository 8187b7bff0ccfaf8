"""What a log line looks like, and what never stands in one."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.app_fixtures import make_settings
from webapp.runtime import logs
from webapp.runtime.logs import BLOTTED, configure, secrets_of

SECRET = "a-secret-of-some-length"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Other tests' lines go where they went."""
    handlers = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers = handlers
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_ours_and_a_librarys_lines_are_alike(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    structlog.contextvars.bind_contextvars(request_id="0123456789abcdef")
    structlog.get_logger("webapp.checks.tasks").info("check.done", verdict="VERIFIED")
    logging.getLogger("kombu").warning("Connection %s", "lost")
    ours, theirs = map(json.loads, lines(capsys))
    assert (ours["event"], ours["verdict"], ours["logger"]) == (
        "check.done",
        "VERIFIED",
        "webapp.checks.tasks",
    )
    assert (theirs["event"], theirs["level"]) == ("Connection lost", "warning")
    assert ours["request_id"] == theirs["request_id"] == "0123456789abcdef"
    assert ours["timestamp"].endswith("Z")


def test_one_line_each_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    structlog.get_logger("webapp").error("broken", typed="a\nb", exc_info=ValueError("first\nsecond"))
    (line,) = lines(capsys)
    assert "ValueError: first" in json.loads(line)["exception"]


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure("text")
    structlog.get_logger("webapp").warning("mail.letter", outcome="Sent")
    (line,) = lines(capsys)
    assert "mail.letter" in line
    assert "outcome=Sent" in line
    assert "\x1b" not in line, "colours are for terminals"


def test_configuring_twice_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    configure("json")
    structlog.get_logger("webapp").info("once")
    assert len(lines(capsys)) == 1


@pytest.mark.parametrize("form", ["json", "text"])
def test_secret_that_gets_there_is_blotted_out(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure(form, [SECRET])
    structlog.get_logger("webapp").info("told", value=SECRET, listed=[f"x{SECRET}y"])
    logging.getLogger("kombu").error("to redis://:%s@host", SECRET)
    structlog.get_logger("webapp").error("broken", exc_info=ValueError(SECRET))
    text = "\n".join(lines(capsys))
    assert SECRET not in text
    assert text.count(BLOTTED) == 4


def test_noise_of_libraries_is_off(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    for name in (
        "celery.app.trace",
        "celery.worker.strategy",
        "celery.beat",
        "botocore.hooks",
        "kombu.pidbox",
    ):
        logging.getLogger(name).info("again and again")
    assert lines(capsys) == []


def test_secrets_are_found_in_settings_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws-secret-0123456789")
    settings = make_settings(
        tmp_path,
        secret_key="key-a3f9c27d51e08b64",
        secret_key_fallbacks=["earlier-key-5647382910", "aaaaaaaaaaaaaaaa"],
        database_url="postgresql://nameplate:database-pass%2F1@db/nameplate",
        redis_url="redis://:redis-password-1@redis/0",
        mail_url="smtps://user:mail-password-1@mail",
        metrics_token="metrics-0123456789",
        edge_domain="edge.nameplate.net",
        edge_update_servers=[("192.0.2.53", 53)],
        edge_update_key="nameplate.:ZWRnZS11cGRhdGUta2V5LTAx",
    )
    assert set(secrets_of(settings)) == {
        "key-a3f9c27d51e08b64",
        "earlier-key-5647382910",
        "aaaaaaaaaaaaaaaa",
        "database-pass%2F1",
        "database-pass/1",
        "redis-password-1",
        "mail-password-1",
        "metrics-0123456789",
        "ZWRnZS11cGRhdGUta2V5LTAx",
        "aws-secret-0123456789",
    }


def test_short_words_are_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    assert "sandbox" not in secrets_of(make_settings(tmp_path))


def test_auto_is_json_unless_somebody_sees_it() -> None:
    log = "logging.getLogger('webapp').info('x')"
    program = f"import logging; from webapp.runtime.logs import configure; configure('auto'); {log}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(logs.__file__).parents[2])},
    )
    assert json.loads(done.stderr)["event"] == "x"


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("debug", ["ours debug", "ours info", "ours error", "theirs warning"]),
        ("info", ["ours info", "ours error", "theirs warning"]),
        ("warning", ["ours error", "theirs warning"]),
        ("error", ["ours error"]),
    ],
)
def test_level_is_chosen_for_ours_and_only_raised_for_libraries(
    capsys: pytest.CaptureFixture[str], level: str, told: list[str]
) -> None:
    configure("json", level=level)
    ours = structlog.get_logger("webapp.checks")
    ours.debug("ours debug")
    ours.info("ours info")
    ours.error("ours error")
    logging.getLogger("kombu").info("theirs info")
    logging.getLogger("kombu").warning("theirs warning")
    configure("json")
    assert [json.loads(line)["event"] for line in lines(capsys)] == told
