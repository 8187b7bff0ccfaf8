"""`make sign-ins`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from webapp.sandbox.laptop import kept, sign_ins
from webapp.sandbox.laptop.__main__ import greeting
from webapp.sandbox.laptop.first_data import SignIn, SignIns
from webapp.sandbox.laptop.ports import Ports

PEOPLE = SignIns(
    SignIn("customer@nameplate.test", "one", "key-1"), SignIn("staff@nameplate.test", "two", "key-2")
)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sign_ins, "INSTANCE", tmp_path)
    return tmp_path


def test_shows_who_can_sign_in_and_no_key(instance: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept.write_run(
        instance, "http://127.0.0.1:8000", "http://127.0.0.1:8053", "http://127.0.0.1:8002", PEOPLE
    )
    assert sign_ins.main() == 0
    assert capsys.readouterr().out == (
        "Sign in at http://127.0.0.1:8000/login\n"
        "  as customer  customer@nameplate.test  password one\n"
        "  as staff     staff@nameplate.test     password two\n"
    )


@pytest.mark.parametrize(
    "file",
    [
        None,
        "{}",
        "[]",
        "not JSON",
        json.dumps({"customer": asdict(PEOPLE.customer), "staff": asdict(PEOPLE.staff)}),
        json.dumps({"url": 7, "customer": asdict(PEOPLE.customer), "staff": asdict(PEOPLE.staff)}),
        json.dumps({"url": "http://127.0.0.1:8000", "customer": "Anna", "staff": "Ben"}),
    ],
)
def test_says_so_where_nothing_has_run(
    instance: Path, capsys: pytest.CaptureFixture[str], file: str | None
) -> None:
    if file is not None:
        (instance / kept.RUN_FILE).write_text(file, encoding="utf-8")
    assert sign_ins.main() == 3
    assert "“make run” makes them" in capsys.readouterr().err


def test_passwords_are_greeted_with_at_the_first_run_alone() -> None:
    """A later run may be written to a log."""
    ports = Ports(web=8000, sandbox=8053, first_dns=5300, edge=8002, tls=8443)
    first, later = (greeting(ports, PEOPLE, first_run) for first_run in (True, False))
    assert sign_ins.told(PEOPLE, ports.url) in first
    for text in (first, later):
        assert "“make sign-ins”" in text.strip().splitlines()[-1]
        assert "http://127.0.0.1:8053/mail" in text
        assert "key-" not in text
    assert "password" not in later
