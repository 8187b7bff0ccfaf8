"""The cached verified names: right after every committed change, and never wrong for long."""

from __future__ import annotations

import pytest
import time_machine
from flask import Flask

from tests.factories import make_domain
from tests.statements import statements
from webapp.edge.dashboard.verified_names import FRESH_SECONDS
from webapp.edge.served_names.announcements import announce_change
from webapp.extensions import cache, db
from webapp.models import Account, DomainState, LLMClientCustomDomain


def test_sorted_and_only_verified(app: Flask, account: Account) -> None:
    for name, state in [
        ("b", "verified"),
        ("a", "failing"),
        ("c", "pending"),
        ("d", "lapsed"),
        ("e", "removing"),
    ]:
        make_domain(account, f"{name}.acme.test", DomainState(state))
    db.session.commit()
    assert LLMClientCustomDomain.get_verified_domains() == ["a.acme.test", "b.acme.test"]


@time_machine.travel(1_800_000_000, tick=False)
@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.PENDING], ids=["list", "empty list"])
def test_second_reading_asks_no_database(app: Flask, account: Account, state: DomainState) -> None:
    make_domain(account, state=state)
    db.session.commit()
    first = LLMClientCustomDomain.get_verified_domains()
    with statements() as seen:
        assert LLMClientCustomDomain.get_verified_domains() == first
    assert seen == []


def test_caller_cannot_spoil_the_cached_list(app: Flask, account: Account) -> None:
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    LLMClientCustomDomain.get_verified_domains().append("evil.test")
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]


@time_machine.travel(1_800_000_000, tick=False)
def test_committed_change_is_seen_at_once_and_rolled_back_one_never(app: Flask, account: Account) -> None:
    domain = make_domain(account)
    db.session.commit()
    assert LLMClientCustomDomain.get_verified_domains() == []
    domain.state = DomainState.VERIFIED
    db.session.flush()
    db.session.rollback()
    assert LLMClientCustomDomain.get_verified_domains() == []
    domain.state = DomainState.VERIFIED
    db.session.commit()
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]
    db.session.delete(domain)
    db.session.commit()
    assert LLMClientCustomDomain.get_verified_domains() == []


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "taken back"])
def test_change_within_a_savepoint_is_announced_by_the_commit(
    app: Flask, account: Account, kept: bool
) -> None:
    """Whoever read between a savepoint and the commit would keep the former list under the new generation."""
    domain, other = make_domain(account), make_domain(account, "other.acme.test")
    db.session.commit()

    def generation() -> object:
        return cache.get("verified-names-generation")

    before = generation()
    domain.state = DomainState.VERIFIED
    db.session.flush()
    savepoint = db.session.begin_nested()
    other.state = DomainState.VERIFIED
    db.session.flush()
    savepoint.commit() if kept else savepoint.rollback()
    assert generation() == before
    db.session.commit()
    assert generation() != before


@time_machine.travel(1_800_000_000, tick=False)
def test_routine_check_of_a_verified_name_keeps_the_cache(app: Flask, account: Account) -> None:
    domain = make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    LLMClientCustomDomain.get_verified_domains()
    domain.check_attempt += 1
    db.session.commit()
    with statements() as seen:
        LLMClientCustomDomain.get_verified_domains()
    assert seen == []


def test_reader_that_raced_a_commit_leaves_nothing_behind(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It read the old rows, then the change was committed and announced, then it stores its old list."""
    domain = make_domain(account)
    db.session.commit()
    cache.clear()
    store = cache.set

    def commit_first(key: str, value: object, **options: object) -> object:
        monkeypatch.setattr(cache, "set", store)
        domain.state = DomainState.VERIFIED
        db.session.commit()
        return store(key, value, **options)

    monkeypatch.setattr(cache, "set", commit_first)
    assert LLMClientCustomDomain.get_verified_domains() == []
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]


def test_announcement_that_was_lost_costs_less_than_a_second(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a process is killed between its commit and the announcement."""
    domain = make_domain(account)
    db.session.commit()
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        assert LLMClientCustomDomain.get_verified_domains() == []
        monkeypatch.setattr("webapp.edge.dashboard.verified_names.announce_change", lambda: None)
        domain.state = DomainState.VERIFIED
        db.session.commit()
        assert LLMClientCustomDomain.get_verified_domains() == []
        clock.shift(FRESH_SECONDS)
        assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]
    assert FRESH_SECONDS < 1


def test_clock_that_jumped_back_does_not_freeze_the_list(app: Flask, account: Account) -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        assert LLMClientCustomDomain.get_verified_domains() == []
        clock.shift(-3600)
        db.session.connection().exec_driver_sql(
            "INSERT INTO llm_client_custom_domain (account_id, domain_name, registrable_domain, state, is_verified,"
            " state_changed_at, check_attempt, version, created_at, updated_at)"
            " SELECT id, 'chat.acme.test', 'acme.test', 'verified', 1, created_at, 0, 1, created_at, created_at"
            " FROM account"
        )
        assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]


def test_broken_cache_costs_a_query_and_nothing_else(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ConnectionError("the cache is down")

    monkeypatch.setattr(app.extensions["announcements"], "_begin", lambda _job: None)
    monkeypatch.setattr(cache, "get", broken)
    monkeypatch.setattr(cache, "set", broken)
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    announce_change()
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]
