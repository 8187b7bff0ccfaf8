"""Commands of both methods of proof: which a domain has, what its people type, and changing it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.commands.conftest import ACCOUNT, Run, document
from tests.factories import make_domain, make_zone
from tests.twins.dns import MemoryDns
from webapp.audit.log import COMMAND
from webapp.config.settings import Settings
from webapp.domains import queries, registration
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    Method,
    RecordsProof,
    ZoneState,
)

NAME = "chat.acme.test"
EDGE = "edge.platform.net"


@pytest.fixture(autouse=True)
def both(app: Flask) -> None:
    offer(app, ["delegation", "records"])


def offer(app: Flask, methods: list[str], **more: object) -> None:
    chosen: Settings = app.extensions["settings"]
    update = {
        "methods": methods,
        "edge_domain": EDGE,
        "edge_target": ["203.0.113.10", "2001:db8::10"],
        **more,
    }
    app.extensions["settings"] = chosen.model_copy(update=update)


def claim(name: str = NAME) -> LLMClientCustomDomain:
    found = db.session.query(LLMClientCustomDomain).filter_by(domain_name=name).one()
    db.session.refresh(found)
    return found


def proof() -> RecordsProof:
    return db.session.query(RecordsProof).order_by(RecordsProof.id.desc()).first()  # type: ignore[return-value]


def to_type() -> list[dict[str, str]]:
    one = proof()
    return [
        {"type": "TXT", "name": f"_nameplate-challenge.{NAME}", "value": one.token},
        {"type": "CNAME", "name": NAME, "value": f"{one.label}.{EDGE}"},
    ]


def bare(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: one[key] for key in ("type", "name", "value")} for one in records]


def register_by_records(account: Account) -> LLMClientCustomDomain:
    result = registration.register(account, NAME, actor=COMMAND, settings=settings(), method=Method.RECORDS)
    assert isinstance(result, registration.Registered)
    db.session.commit()
    return result.domain


def test_registering_by_records_says_at_once_what_to_type(run: Run, account: Account) -> None:
    result = run("domains", "register", NAME, "--account", ACCOUNT, "--method", "records")
    assert result.exit_code == 0, result.output
    assert claim().method is Method.RECORDS
    assert f"_nameplate-challenge.chat  TXT  {proof().token}" in result.stdout
    assert f"chat  CNAME  {proof().target}" in result.stdout
    assert queries.current_zone(claim()) is None
    again = document(run("domains", "register", NAME, "--account", ACCOUNT, "--method", "records", "--json"))
    assert (again["existing"], again["method"], again["aws_hosted_zone_id"]) == (True, "records", None)
    assert again["records"] == to_type()


def test_registering_takes_the_first_of_methods(run: Run, account: Account, app: Flask) -> None:
    run("domains", "register", NAME, "--account", ACCOUNT)
    assert claim().method is Method.DELEGATION
    offer(app, ["records", "delegation"])
    run("domains", "register", "bot.acme.test", "--account", ACCOUNT)
    assert claim("bot.acme.test").method is Method.RECORDS


def test_registering_again_by_another_method_says_how_to_change_it(run: Run, account: Account) -> None:
    run("domains", "register", NAME, "--account", ACCOUNT)
    result = run("domains", "register", NAME, "--account", ACCOUNT, "--method", "records")
    assert result.exit_code == 0
    assert claim().method is Method.DELEGATION
    assert f"flask domains method {NAME} records" in result.stdout


@pytest.mark.parametrize(("method", "code"), [("records", 5), ("mx", 2), ("", 2), ("RECORDS", 2)])
def test_registering_by_what_is_not_offered(
    run: Run, account: Account, app: Flask, method: str, code: int
) -> None:
    offer(app, ["delegation"])
    result = run("domains", "register", NAME, "--account", ACCOUNT, "--method", method, "--json")
    assert result.exit_code == code
    assert document(result)["outcome"] == ("refused" if code == 5 else "usage")
    assert db.session.query(LLMClientCustomDomain).count() == 0


def test_show_and_list_have_the_method_and_the_records(run: Run, account: Account) -> None:
    register_by_records(account)
    shown = document(run("domains", "show", NAME, "--json"))
    assert (shown["method"], shown["next_method"], shown["zone"]) == ("records", None, None)
    assert bare(shown["records"]) == to_type()
    assert [one["mark"] for one in shown["records"]] == [None, None]
    assert [one["relative_name"] for one in shown["records"]] == ["_nameplate-challenge.chat", "chat"]
    assert shown["next_records"] == []
    text = run("domains", "show", NAME).stdout
    assert "Method        records" in text
    assert f"_nameplate-challenge.chat  TXT  {proof().token}" in text
    [listed] = document(run("domains", "list", "--json"))
    assert (listed["method"], listed["records"]) == ("records", to_type())
    head, row = run("domains", "list").stdout.splitlines()
    assert head.split()[:3] == ["NAME", "STATE", "METHOD"]
    assert row.split()[:3] == [NAME, "pending", "records"]


def test_a_delegation_is_one_record_set(run: Run, account: Account) -> None:
    servers = list(make_zone(make_domain(account)).name_servers)
    make_zone(make_domain(account, "new.acme.test"), ZoneState.CREATED)
    db.session.commit()
    fresh, old = document(run("domains", "list", "--json"))
    assert (old["method"], old["records"]) == (
        "delegation",
        [{"type": "NS", "name": NAME, "values": servers}],
    )
    assert fresh["records"] == []


def test_a_whole_domain_gets_the_addresses_of_the_edge(run: Run, account: Account) -> None:
    result = run("domains", "register", "acme.test", "--account", ACCOUNT, "--method", "records", "--json")
    found = document(result)["records"]
    assert [(one["type"], one["name"], one["value"]) for one in found[1:]] == [
        ("A", "acme.test", "203.0.113.10"),
        ("AAAA", "acme.test", "2001:db8::10"),
    ]


def test_the_record_of_a_certificate_is_the_third(run: Run, account: Account) -> None:
    domain = register_by_records(account)
    domain.certificates.append(
        Certificate(
            domain_name=NAME,
            idempotency_token="g1",
            state=CertificateState.REQUESTED,
            validation_name=f"_a1.{NAME}",
            validation_value="_b2.acm-validations.aws",
        )
    )
    db.session.commit()
    third = {"type": "CNAME", "name": f"_a1.{NAME}", "value": "_b2.acm-validations.aws"}
    [listed] = document(run("domains", "list", "--json"))
    assert listed["records"] == [*to_type(), third]
    assert bare(document(run("domains", "show", NAME, "--json"))["records"]) == [*to_type(), third]


def test_check_says_what_was_found(run: Run, app: Flask, account: Account) -> None:
    register_by_records(account)
    dns: MemoryDns = app.extensions["dns"]
    zone = dns.zone("acme.test", "ns1.provider.test", "ns2.provider.test")
    zone.put(f"_nameplate-challenge.{NAME}", "TXT", f'"{proof().token}"')

    result = run("domains", "check", NAME, "--wait")

    assert result.exit_code == 1, result.output
    assert "Records       ✓  found" in result.stdout
    assert "✗  missing" in result.stdout
    found = document(run("domains", "check", NAME, "--wait", "--json"))
    assert found["verdict"] == "CNAME_MISSING"
    assert [one["mark"] for one in found["records"]] == ["found", "missing"]
    assert found["report"]["method"] == "records"


def test_a_claim_that_is_not_served_changes_at_once(run: Run, account: Account) -> None:
    make_zone(make_domain(account))
    db.session.commit()
    result = run("domains", "method", NAME, "records")
    assert result.exit_code == 0, result.output
    assert f"{NAME} is proved by records." in result.stdout
    assert f"chat  CNAME  {proof().target}" in result.stdout
    assert claim().method is Method.RECORDS
    shown = document(run("domains", "method", NAME, "records", "--json"))
    assert (shown["method"], bare(shown["records"])) == ("records", to_type())


def test_a_served_name_goes_on_until_the_new_method_proves_it(run: Run, account: Account) -> None:
    make_zone(make_domain(account, state=DomainState.VERIFIED))
    db.session.commit()
    result = run("domains", "method", NAME, "records")
    assert f"{NAME} is served by delegation until records proves it." in result.stdout
    assert f"chat  CNAME  {proof().target}" in result.stdout
    shown = document(run("domains", "show", NAME, "--json"))
    assert (shown["method"], shown["next_method"], shown["is_verified"]) == ("delegation", "records", True)
    assert shown["records"][0]["type"] == "NS"
    assert bare(shown["next_records"]) == to_type()
    assert "delegation, then records" in run("domains", "list").stdout
    back = document(run("domains", "method", NAME, "delegation", "--json"))
    assert (back["next_method"], back["next_records"]) == (None, [])


def test_a_served_name_can_be_delegated_later(run: Run, account: Account) -> None:
    domain = register_by_records(account)
    domain.state = DomainState.VERIFIED
    db.session.commit()
    result = run("domains", "method", NAME, "delegation")
    assert result.exit_code == 0, result.output
    assert "We are still preparing the name servers" in result.stdout
    zone = queries.current_zone(claim())
    assert zone is not None
    assert zone.state is ZoneState.WANTED
    # Both ways lead to the edge before anybody switches.
    assert {row.record_type for row in claim().dns_records} == {"A", "AAAA"}


@pytest.mark.parametrize(
    ("name", "method", "code"),
    [(NAME, "records", 5), (NAME, "mx", 2), ("other.acme.test", "records", 3), ("no name", "records", 2)],
)
def test_what_cannot_be_changed(
    run: Run, account: Account, app: Flask, name: str, method: str, code: int
) -> None:
    make_zone(make_domain(account))
    db.session.commit()
    offer(app, ["delegation"])
    assert run("domains", "method", name, method).exit_code == code
    assert claim().method is Method.DELEGATION


def test_a_name_that_is_being_removed_keeps_its_method(run: Run, account: Account) -> None:
    make_zone(make_domain(account, state=DomainState.REMOVING))
    db.session.commit()
    result = run("domains", "method", NAME, "records", "--json")
    assert (result.exit_code, document(result)["outcome"]) == (5, "refused")


def test_removing_says_which_records_to_delete(run: Run, account: Account) -> None:
    register_by_records(account)
    result = run("domains", "remove", NAME, "--yes")
    assert "delete its TXT and CNAME records" in result.stdout
    assert "NS records" not in result.stdout
