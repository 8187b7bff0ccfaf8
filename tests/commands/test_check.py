"""`flask domains check` and `sweep`: the same check as the page's, and an exit code by its verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.commands.conftest import ACCOUNT, Run, Sent, document, name_servers
from tests.factories import make_account, make_domain, make_zone
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.checks import queries as check_queries
from webapp.checks import record, request, tasks
from webapp.commands import domains
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)

CHECK = ("domains", "check", "chat.acme.test")


def test_without_waiting_it_is_left_to_a_worker(run: Run, domain: LLMClientCustomDomain, sent: Sent) -> None:
    result = run(*CHECK, "--json")
    assert result.exit_code == 0
    check = check_queries.open_check(domain)
    assert check is not None
    assert check.origin is CheckOrigin.COMMAND
    assert sent == [("run_check", check.id)]
    assert document(result)["check"]["status"] == "waiting"
    assert document(result)["new"]


def test_second_request_joins_the_check_under_way(
    run: Run, domain: LLMClientCustomDomain, sent: Sent
) -> None:
    run(*CHECK)
    result = run(*CHECK)
    assert result.exit_code == 0
    assert "under way already" in result.stdout
    assert len(sent) == 1


def test_commands_may_check_as_often_as_they_like(
    run: Run, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    assert [run(*CHECK, "--wait").exit_code for _ in range(2)] == [1, 1]


def test_right_delegation_ends_with_0(run: Run, domain: LLMClientCustomDomain, parent: MemoryZone) -> None:
    parent.put("chat.acme.test", "NS", *name_servers(domain))
    result = run(*CHECK, "--wait", "--json")
    assert result.exit_code == 0, result.output
    found = document(result)
    assert (found["state"], found["report"]["verdict"], found["check"]["status"]) == (
        "verified",
        "VERIFIED",
        "done",
    )
    assert run("domains", "verified").stdout == "chat.acme.test\n"


def test_missing_delegation_ends_with_1_and_says_what_to_fix(
    run: Run, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    result = run(*CHECK, "--wait")
    assert result.exit_code == 1
    labels = [line[:14].strip() for line in result.stdout.splitlines()]
    assert [label for label in labels if label][:4] == ["Status", "What to fix", "Found now", "Name servers"]
    assert "nothing found" in result.stdout
    for server in name_servers(domain):
        assert f"✗  missing  {server}" in result.stdout
    assert document(run("domains", "show", "chat.acme.test", "--json"))["verdict"] == "NOT_DELEGATED"


def test_found_missing_and_foreign_name_servers_are_marked(
    run: Run, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    ours = name_servers(domain)
    parent.put("chat.acme.test", "NS", *ours[:3], "ns1.elsewhere.test")
    result = run(*CHECK, "--wait")
    assert result.exit_code == 1
    assert f"✓  found  {ours[0]}" in result.stdout
    assert f"✗  missing  {ours[3]}" in result.stdout
    assert "+  not ours, remove it  ns1.elsewhere.test" in result.stdout


def test_mistyped_name_server_is_to_be_edited(
    run: Run, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    ours = name_servers(domain)
    parent.put("chat.acme.test", "NS", *ours[:3], f"{ours[3]}.acme.test")
    assert f"+  mistyped, edit it  {ours[3]}.acme.test" in run(*CHECK, "--wait").stdout


def test_silent_parent_ends_with_4_and_changes_nothing(
    run: Run, app: Flask, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    dns: MemoryDns = app.extensions["dns"]
    for server in ("ns1.provider.test", "ns2.provider.test"):
        dns.server(server).fault = Fault.UNREACHABLE
    result = run(*CHECK, "--wait", "--json")
    assert result.exit_code == 4
    assert document(result)["report"]["verdict"] == "PARENT_UNREACHABLE"
    text = run("domains", "show", "chat.acme.test").stdout
    assert "could not be asked" in text
    assert "missing" not in text
    assert domain.state is DomainState.PENDING


def test_what_one_server_of_the_parent_showed_is_told_while_the_other_is_silent(
    run: Run, app: Flask, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    ours = name_servers(domain)
    parent.put("chat.acme.test", "NS", *ours)
    dns: MemoryDns = app.extensions["dns"]
    dns.server("ns2.provider.test").fault = Fault.UNREACHABLE
    result = run(*CHECK, "--wait")
    assert result.exit_code == 4
    text = run("domains", "show", "chat.acme.test").stdout
    assert f"Found now     {', '.join(sorted(ours))}" in text
    assert text.count("✓  found") == len(ours)


def test_right_delegation_of_a_name_that_another_account_has_verified_ends_with_1(
    run: Run, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    parent.put("chat.acme.test", "NS", *name_servers(domain))
    make_domain(make_account("Other"), state=DomainState.VERIFIED)
    db.session.commit()
    result = run(*CHECK, "--wait", "--account", ACCOUNT)
    assert result.exit_code == 1
    assert "another account" in result.stdout


def test_zone_in_the_making_cannot_be_checked_yet(run: Run, account: Account) -> None:
    make_zone(make_domain(account), ZoneState.WANTED)
    db.session.commit()
    result = run(*CHECK, "--json")
    assert result.exit_code == 4
    assert document(result)["outcome"] == "could_not_check"


def test_what_a_request_hastens_is_kept_although_nothing_can_be_checked(run: Run, account: Account) -> None:
    zone = make_zone(make_domain(account), ZoneState.WANTED, next_attempt_at=utcnow() + timedelta(hours=6))
    db.session.commit()
    assert run(*CHECK).exit_code == 4
    db.session.rollback()
    assert zone.next_attempt_at is not None
    assert zone.next_attempt_at <= utcnow()


def test_name_on_hold_is_refused(run: Run, domain: LLMClientCustomDomain, sent: Sent) -> None:
    domain.held_at = utcnow()
    db.session.commit()
    result = run(*CHECK, "--json")
    assert result.exit_code == 5
    assert "suspended" in document(result)["sentence"]
    assert sent == []


def test_name_that_is_being_removed_is_not_checked(run: Run, domain: LLMClientCustomDomain) -> None:
    run("domains", "remove", "chat.acme.test", "--yes")
    assert run(*CHECK).exit_code == 5


def test_waiting_ends_when_the_worker_takes_too_long(run: Run, domain: LLMClientCustomDomain) -> None:
    """Somebody holds the check and does not finish."""
    run(*CHECK)
    check = check_queries.open_check(domain)
    assert check is not None
    assert record.take(check.id, utcnow()) is not None
    db.session.commit()
    result = run(*CHECK, "--wait", "--timeout", "1", "--json")
    assert result.exit_code == 4
    assert "did not end within 1 s" in document(result)["sentence"]


def test_check_of_a_worker_that_is_gone_is_taken_over(
    run: Run, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    run(*CHECK)
    check = check_queries.open_check(domain)
    assert check is not None
    assert record.take(check.id, utcnow() - check_queries.WORK.lease) is not None
    db.session.commit()
    assert run(*CHECK, "--wait").exit_code == 1


def test_worker_that_is_quick_does_the_work(
    domain: LLMClientCustomDomain, parent: MemoryZone, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is read anew each time, so that what another process has committed is seen."""
    monkeypatch.setattr(domains, "PATIENCE_SECONDS", 30.0)
    requested = request.open_new_check(domain, CheckOrigin.COMMAND, utcnow())
    db.session.commit()
    work = tasks.run_check.run
    monkeypatch.setattr("webapp.commands.domains.time.sleep", lambda _seconds: work(requested.check.id))
    monkeypatch.setattr("webapp.commands.domains.tasks.run_check", None)
    done = domains.follow(requested.check.id, timeout=60)
    assert done is not None
    assert done.status is CheckStatus.DONE


def test_waiting_pauses_though_the_own_clock_is_ahead(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker holds the check by the database's clock; by this machine's, the lease would be over."""
    monkeypatch.setattr(clock, "now", lambda: utcnow() - timedelta(minutes=2))
    started = request.open_new_check(domain, CheckOrigin.COMMAND, clock.now()).check
    assert record.take(started.id, clock.now()) is not None
    db.session.commit()
    slept: list[float] = []
    monkeypatch.setattr("webapp.commands.domains.time.sleep", slept.append)
    assert domains.follow(started.id, timeout=0.1) is None
    assert slept
    assert started.status is CheckStatus.RUNNING


def test_sweep_with_nothing_to_do_says_so(run: Run, account: Account) -> None:
    assert run("domains", "sweep").stdout == "Nothing was due.\n"
    assert document(run("domains", "sweep", "--json")) == {"checks": [], "zones": []}


def test_sweep_checks_what_is_due_and_what_was_lost(
    run: Run, account: Account, domain: LLMClientCustomDomain, parent: MemoryZone
) -> None:
    parent.put("chat.acme.test", "NS", *name_servers(domain))
    domain.next_check_at = utcnow() - timedelta(seconds=1)
    lost = make_domain(account, "lost.acme.test")
    make_zone(lost)
    request.open_new_check(lost, CheckOrigin.CUSTOMER, utcnow() - check_queries.QUEUE_LEASE)
    later = make_domain(account, "later.acme.test", next_check_at=utcnow() + timedelta(hours=1))
    make_zone(later)
    db.session.commit()
    swept = document(run("domains", "sweep", "--json"))
    assert {(one["domain_name"], one["verdict"], one["state"]) for one in swept["checks"]} == {
        ("chat.acme.test", "VERIFIED", "verified"),
        ("lost.acme.test", "NOT_DELEGATED", "pending"),
    }
    assert db.session.query(Check).filter_by(status=CheckStatus.DONE).count() == 2


def test_sweep_makes_the_zones_that_are_wanted(run: Run, app: Flask, account: Account) -> None:
    dns: MemoryDns = app.extensions["dns"]
    dns.zone("acme.test", "ns1.provider.test", "ns2.provider.test")
    run("domains", "register", "chat.acme.test", "--account", ACCOUNT)
    swept = document(run("domains", "sweep", "--json"))
    assert [(one["domain_name"], one["account"]) for one in swept["zones"]] == [("chat.acme.test", ACCOUNT)]
    assert swept["zones"][0]["state"] == "created"
