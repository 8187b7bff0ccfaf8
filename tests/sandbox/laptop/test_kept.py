"""The files that `make run` leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from webapp.sandbox.laptop import kept
from webapp.sandbox.laptop.first_data import SignIn, SignIns, new_sign_ins

URL = "http://127.0.0.1:8000"
SIGN_INS = SignIns(
    customer=SignIn("c@nameplate.test", "one", "npk_live_a"),
    staff=SignIn("s@nameplate.test", "two", "npk_live_b"),
)


def test_run_file_has_what_the_contract_names_and_nothing_else(tmp_path: Path) -> None:
    kept.write_run(tmp_path, URL, "http://127.0.0.1:8053", "http://127.0.0.1:8002", SIGN_INS)
    assert json.loads((tmp_path / "run.json").read_text()) == {
        "url": URL,
        "sandbox_url": "http://127.0.0.1:8053",
        "edge_url": "http://127.0.0.1:8002",
        "customer": {"email": "c@nameplate.test", "password": "one", "api_key": "npk_live_a"},
        "staff": {"email": "s@nameplate.test", "password": "two", "api_key": "npk_live_b"},
    }


def test_only_the_owner_can_read_what_is_kept(tmp_path: Path) -> None:
    (tmp_path / "run.json").touch(mode=0o666)
    kept.write_run(tmp_path, URL, "http://b", "http://c", SIGN_INS)
    kept.write_settings(tmp_path, {"SECRET_KEY": "x"})
    for name in ("run.json", "sandbox.env"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_sign_ins_come_back(tmp_path: Path) -> None:
    kept.write_run(tmp_path, URL, "http://b", "http://c", SIGN_INS)
    assert kept.read_sign_ins(tmp_path) == SIGN_INS


def test_file_of_a_release_without_keys_is_read(tmp_path: Path) -> None:
    people = {who: {"email": f"{who}@nameplate.test", "password": "one"} for who in ("customer", "staff")}
    (tmp_path / "run.json").write_text(json.dumps(people))
    found = kept.read_sign_ins(tmp_path)
    assert found is not None
    assert (found.customer.password, found.customer.api_key) == ("one", None)


def test_secrets_of_a_run_are_not_shown(tmp_path: Path) -> None:
    assert "one" not in repr(SIGN_INS)
    assert "npk_live" not in repr(SIGN_INS)


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"customer": {"email": "a"}, "staff": {}}'])
def test_a_run_file_that_says_nothing_useful_counts_as_none(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text)
    assert kept.read_sign_ins(tmp_path) is None


def test_settings_come_back_as_they_were(tmp_path: Path) -> None:
    settings = {
        "SECRET_KEY": "a$b#c d",
        "DNS_ADDRESS_MAP": "192.0.2.0/24=127.0.0.1:5301,198.18.0.0/26=127.0.0.1:5304",
    }
    kept.write_settings(tmp_path, settings)
    assert kept.read_env_file(tmp_path / "sandbox.env") == settings


def test_no_settings_file_is_no_settings(tmp_path: Path) -> None:
    assert kept.read_env_file(tmp_path / "sandbox.env") == {}


def test_one_run_at_a_time(tmp_path: Path) -> None:
    first = kept.lock(tmp_path)
    assert first is not None
    assert kept.lock(tmp_path) is None
    first.close()
    second = kept.lock(tmp_path)
    assert second is not None
    second.close()


def test_passwords_are_new_each_time() -> None:
    one, other = new_sign_ins(), new_sign_ins()
    passwords = {one.customer.password, one.staff.password, other.customer.password, other.staff.password}
    assert len(passwords) == 4
    assert min(map(len, passwords)) >= 16
