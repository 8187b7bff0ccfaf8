"""`flask domains`: register, list, show, verified, remove."""

from __future__ import annotations

import pytest
from flask import current_app

from tests.commands.conftest import ACCOUNT, Run, Sent, document, name_servers
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from webapp.domains import queries
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    DomainState,
    LLMClient,
    LLMClientCustomDomain,
    Method,
    TargetState,
    ZoneState,
    utcnow,
)
from webapp.proofs.records.intent import want_proof

REGISTER = ("domains", "register")


def test_registering_queues_the_zone_and_says_where_to_go_on(run: Run, account: Account, sent: Sent) -> None:
    result = run(*REGISTER, "https://Chat.Acme.test/hello", "--account", ACCOUNT)
    assert result.exit_code == 0
    assert "chat.acme.test is registered." in result.stdout
    assert "flask domains show chat.acme.test" in result.stdout
    assert "We took the name out of the address." in result.stderr
    claim = queries.claim_of(account, "chat.acme.test")
    assert claim is not None
    zone = queries.current_zone(claim)
    assert zone is not None
    assert sent == [("set_up_zone", zone.id)]


def test_registering_twice_is_done_already(run: Run, account: Account, sent: Sent) -> None:
    first = document(run(*REGISTER, "chat.acme.test", "--account", ACCOUNT, "--json"))
    second = run(*REGISTER, "CHAT.acme.test.", "--account", ACCOUNT, "--json")
    assert second.exit_code == 0
    assert (first["existing"], document(second)["existing"]) == (False, True)
    assert len(sent) == 1


@pytest.mark.parametrize("again", [False, True], ids=["new", "existing"])
def test_registering_attaches_the_llm_client(
    run: Run, account: Account, llm_client: LLMClient, again: bool
) -> None:
    if again:
        run(*REGISTER, "chat.acme.test", "--account", ACCOUNT)
    result = run(*REGISTER, "chat.acme.test", "--account", ACCOUNT, "--llm-client", "Sales", "--json")
    assert document(result)["llm_client"] == "sales"
    assert llm_client.custom_domain is not None


def test_llm_client_of_another_account_is_not_there(run: Run, account: Account) -> None:
    make_llm_client(make_account("Other"), "Theirs")
    db.session.commit()
    result = run(*REGISTER, "chat.acme.test", "--account", ACCOUNT, "--llm-client", "theirs")
    assert result.exit_code == 3
    assert queries.claim_of(account, "chat.acme.test") is None


@pytest.mark.parametrize(
    ("typed", "code", "suggestion"),
    [
        ("no name", "INVALID_NAME", None),
        ("chat_bot.acme.test", "INVALID_NAME", "chat-bot.acme.test"),
        ("acme.test", "WHOLE_DOMAIN", "chat.acme.test"),
        ("co.uk", "PUBLIC_SUFFIX", None),
        ("chat.acme.local", "RESERVED_NAME", None),
        ("chat.platform.example", "PLATFORM_NAME", None),
        ("http//chat.acme.test", "INVALID_NAME", "chat.acme.test"),
        ("chat.acme.test.acme.test", "INVALID_NAME", "chat.acme.test"),
        ("hello@acme.test", "INVALID_NAME", None),
        ("chat.acme.con", "UNKNOWN_SUFFIX", "chat.acme.com"),
        ("chat.acme", "UNKNOWN_SUFFIX", None),
        ("chat.acme.vercel.app", "PUBLIC_SUFFIX", None),
    ],
)
def test_refusal_has_its_code_and_a_fix(
    run: Run, account: Account, typed: str, code: str, suggestion: str | None
) -> None:
    result = run(*REGISTER, typed, "--account", ACCOUNT, "--json")
    assert result.exit_code == 5
    refused = document(result)
    assert refused["outcome"] == "refused"
    assert (refused["code"], refused["suggestion"]) == (code, suggestion)
    assert refused["sentence"] in result.stderr
    assert db.session.query(LLMClientCustomDomain).count() == 0


def test_name_below_one_of_another_account_is_refused_without_saying_whose(
    run: Run, account: Account
) -> None:
    other = make_account("Other Ltd", number="9999-0000-1111")
    make_domain(other, state=DomainState.VERIFIED)
    db.session.commit()
    result = run(*REGISTER, "a.chat.acme.test", "--account", ACCOUNT)
    assert result.exit_code == 5
    assert "another account" in result.stderr
    assert "9999" not in result.output


def test_name_of_another_account_is_registered_without_saying_whose(run: Run, account: Account) -> None:
    other = make_account("Other Ltd", number="9999-0000-1111")
    make_domain(other, state=DomainState.VERIFIED)
    db.session.commit()
    result = run(*REGISTER, "chat.acme.test", "--account", ACCOUNT)
    assert result.exit_code == 0
    shown = run("domains", "show", "chat.acme.test", "--account", ACCOUNT)
    assert "This name is verified in another account. If DNS proves your claim in two checks" in shown.stdout
    whole = run("domains", "show", "chat.acme.test", "--account", ACCOUNT, "--json")
    assert not [one for one in ("9999", "Other Ltd") if one in result.output + shown.output + whole.output]


@pytest.mark.parametrize(("number", "code"), [("12", 2), ("0000-0000-0000", 3)])
def test_account_by_its_form_and_by_its_existence(run: Run, account: Account, number: str, code: int) -> None:
    assert run(*REGISTER, "chat.acme.test", "--account", number).exit_code == code
    assert run("domains", "list", "--account", number).exit_code == code
    assert run("domains", "show", "chat.acme.test", "--account", number).exit_code == code


def test_account_must_be_named(run: Run) -> None:
    assert run(*REGISTER, "chat.acme.test").exit_code == 2


def test_empty_list_is_an_empty_document_and_a_first_step(run: Run, account: Account) -> None:
    assert document(run("domains", "list", "--json")) == []
    assert "flask domains register" in run("domains", "list").stdout
    assert document(run("domains", "verified", "--json")) == []
    assert run("domains", "verified").stdout == ""


def test_list_by_account_and_state(run: Run, account: Account) -> None:
    other = make_account("Other")
    make_domain(account, "a.acme.test", DomainState.VERIFIED)
    make_domain(account, "b.acme.test")
    make_domain(other, "c.other.test")
    make_domain(account, "gone.acme.test", DomainState.REMOVED)
    db.session.commit()

    def listed(*more: str) -> list[str]:
        return [one["domain_name"] for one in document(run("domains", "list", "--json", *more))]

    assert listed() == ["c.other.test", "b.acme.test", "a.acme.test"]
    assert listed("--account", ACCOUNT) == ["b.acme.test", "a.acme.test"]
    assert listed("--state", "verified") == ["a.acme.test"]
    assert listed("--state", "removed") == ["gone.acme.test"]
    assert run("domains", "list", "--state", "nonsense").exit_code == 2
    lines = run("domains", "list", "--account", ACCOUNT).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "b.acme.test", "a.acme.test"]
    assert "\x1b" not in "".join(lines)


def test_show_tells_what_to_type_where(run: Run, domain: LLMClientCustomDomain) -> None:
    result = run("domains", "show", "CHAT.acme.test.")
    assert result.exit_code == 0
    for server in name_servers(domain):
        assert f"chat  NS  {server}" in result.stdout
    assert "at the provider of acme.test" in result.stdout
    shown = document(run("domains", "show", "chat.acme.test", "--json"))
    assert shown["records"] == [
        {
            "type": "NS",
            "name": "chat.acme.test",
            "relative_name": "chat",
            "parent_zone": "acme.test",
            "values": name_servers(domain),
        }
    ]
    assert (shown["state"], shown["is_verified"], shown["report"]) == ("pending", False, None)


def test_name_servers_stay_hidden_until_the_zone_is_ready(run: Run, account: Account) -> None:
    zone = make_zone(make_domain(account), ZoneState.CREATED)
    db.session.commit()
    result = run("domains", "show", "chat.acme.test")
    assert "We are still preparing the name servers" in result.stdout
    assert zone.name_servers[0] not in result.stdout
    assert document(run("domains", "show", "chat.acme.test", "--json"))["records"] == []


@pytest.mark.parametrize("command", [("show",), ("check",), ("remove", "--yes")])
def test_unknown_name_is_not_found_and_unreadable_one_is_usage(
    run: Run, account: Account, command: tuple[str, ...]
) -> None:
    verb, *options = command
    missing = run("domains", verb, "chat.acme.test", *options, "--json")
    assert missing.exit_code == 3
    assert document(missing)["outcome"] == "not_found"
    assert run("domains", verb, "no name", *options).exit_code == 2


@pytest.mark.parametrize("command", [("show",), ("check",), ("remove", "--yes")])
def test_of_several_claims_the_account_decides(
    run: Run, account: Account, domain: LLMClientCustomDomain, command: tuple[str, ...]
) -> None:
    verb, *options = command
    make_zone(make_domain(make_account("Other", number="9999-0000-1111")))
    db.session.commit()
    unclear = run("domains", verb, "chat.acme.test", *options, "--json")
    assert unclear.exit_code == 2
    assert document(unclear)["accounts"] == [ACCOUNT, "9999-0000-1111"]
    assert run("domains", verb, "chat.acme.test", *options, "--account", ACCOUNT).exit_code == 0


def test_live_claim_is_meant_before_one_that_is_being_removed(run: Run, account: Account) -> None:
    make_domain(account)
    db.session.commit()
    run("domains", "remove", "chat.acme.test", "--yes")
    assert document(run("domains", "show", "chat.acme.test", "--json"))["state"] == "removing"
    run(*REGISTER, "chat.acme.test", "--account", ACCOUNT)
    assert document(run("domains", "show", "chat.acme.test", "--json"))["state"] == "pending"
    make_domain(account, state=DomainState.REMOVING)
    db.session.commit()
    assert document(run("domains", "show", "chat.acme.test", "--json"))["state"] == "pending"


def test_underscore_name_of_the_model_is_found(run: Run, account: Account) -> None:
    make_domain(account, "llm_client.acme.test")
    db.session.commit()
    assert run("domains", "show", "llm_client.acme.test").exit_code == 0


def test_verified_names_one_a_line(run: Run, account: Account) -> None:
    for name in ("b", "a"):
        make_domain(account, f"{name}.acme.test", DomainState.VERIFIED)
    make_domain(account, "c.acme.test")
    db.session.commit()
    assert run("domains", "verified").stdout == "a.acme.test\nb.acme.test\n"
    assert document(run("domains", "verified", "--json")) == ["a.acme.test", "b.acme.test"]


def test_removing_asks_nobody_who_is_not_there(run: Run, domain: LLMClientCustomDomain) -> None:
    result = run("domains", "remove", "chat.acme.test")
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert domain.state is DomainState.PENDING


@pytest.mark.parametrize(
    ("answer", "state", "code"), [("y\n", DomainState.REMOVING, 0), ("n\n", DomainState.PENDING, 2)]
)
def test_removing_asks_at_a_terminal(
    run: Run,
    domain: LLMClientCustomDomain,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    state: DomainState,
    code: int,
) -> None:
    monkeypatch.setattr("webapp.commands.domains._at_a_terminal", lambda: True)
    result = run("domains", "remove", "chat.acme.test", input=answer)
    assert result.exit_code == code
    assert "Stop serving chat.acme.test" in result.stderr
    assert domain.state is state


def test_removed_name_is_not_served_any_more(run: Run, account: Account) -> None:
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    result = run("domains", "remove", "chat.acme.test", "--yes", "--json")
    assert result.exit_code == 0
    assert (document(result)["state"], document(result)["is_verified"]) == ("removing", False)
    assert run("domains", "verified").stdout == ""
    assert run("domains", "remove", "chat.acme.test", "--yes").exit_code == 0


def removed(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.test", DomainState.VERIFIED)
    make_zone(domain)
    db.session.commit()
    return domain


def test_keeping_takes_a_removal_back(run: Run, account: Account, sent: Sent) -> None:
    domain = removed(account)
    gone = run("domains", "remove", "chat.acme.test", "--yes")
    assert "flask domains keep chat.acme.test" in gone.stdout
    sent.clear()
    result = run("domains", "keep", "chat.acme.test", "--account", ACCOUNT, "--json")
    assert result.exit_code == 0
    assert document(result)["state"] == "pending"
    (check,) = domain.checks
    assert sent == [("run_check", check.id)]


def test_keeping_what_nobody_removes_is_refused(run: Run, account: Account) -> None:
    removed(account)
    result = run("domains", "keep", "chat.acme.test", "--json")
    assert result.exit_code == 5
    assert document(result)["outcome"] == "refused"
    assert "is not being removed" in document(result)["sentence"]


def test_keeping_what_nobody_knows_is_not_found(run: Run, account: Account) -> None:
    assert run("domains", "keep", "other.acme.test", "--account", ACCOUNT).exit_code == 3


def test_account_with_too_many_unverified_domains_is_told_what_to_do(
    run: Run, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = settings().model_copy(update={"unverified_per_account": 1})
    monkeypatch.setitem(current_app.extensions, "settings", few)
    result = run(*REGISTER, "next.acme.test", "--account", domain.account.number, "--json")
    assert result.exit_code == 5
    assert document(result)["code"] == "TOO_MANY"
    assert "Verify or remove one of them, and then try again." in result.stderr


def test_removing_and_keeping_a_name_by_records_wakes_whoever_sees_to_its_target(
    run: Run, account: Account, sent: Sent
) -> None:
    domain = make_domain(account, "chat.acme.test", DomainState.VERIFIED, method=Method.RECORDS)
    proof = want_proof(domain, utcnow())
    proof.state, proof.next_attempt_at = TargetState.PUBLISHED, None
    db.session.commit()
    assert run("domains", "remove", "chat.acme.test", "--yes").exit_code == 0
    assert sent == [("see_to_target", proof.id)]
    db.session.refresh(proof)
    proof.state, proof.next_attempt_at = TargetState.WITHDRAWN, None
    db.session.commit()
    sent.clear()
    assert run("domains", "keep", "chat.acme.test").exit_code == 0
    assert [name for name, _ in sent] == ["see_to_target", "run_check"]
