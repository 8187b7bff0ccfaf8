"""`make sign-ins`."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.sandbox.laptop import kept, sign_ins
from webapp.sandbox.laptop.first_data import SignIn, SignIns

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


@pytest.mark.parametrize("file", [None, "{}", "[]", "not JSON"])
def test_says_so_where_nothing_has_run(
    instance: Path, capsys: pytest.CaptureFixture[str], file: str | None
) -> None:
    if file is not None:
        (instance / kept.RUN_FILE).write_text(file, encoding="utf-8")
    assert sign_ins.main() == 3
    assert "“make run” makes them" in capsys.readouterr().err
