"""Lines of an import, from their list to the domains that are registered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
from flask import Flask, current_app

from tests.factories import make_account, make_domain, make_llm_client, make_zone
from webapp.audit.log import COMMAND, Actor
from webapp.dns.names import HostName
from webapp.domains import deny_list, registration
from webapp.extensions import db, settings
from webapp.imports import queries, result, service, tasks, work
from webapp.imports.lines import parsing
from webapp.jobs import clock
from webapp.messages.catalogue import sentence
from webapp.models import (
    Account,
    DomainImport,
    DomainState,
    Event,
    EventKind,
    ImportLine,
    ImportState,
    LineState,
    LLMClient,
    LLMClientCustomDomain,
    User,
)


def imported(account: Account, user: User, text: str) -> DomainImport:
    read = parsing.read_text(text)
    assert isinstance(read, parsing.Read)
    made = service.create(account, read, actor=Actor.person(user))
    assert isinstance(made, DomainImport)
    db.session.commit()
    return made


def finished(made: DomainImport) -> DomainImport:
    import_id = made.id
    while tasks.advance(import_id):
        pass
    return db.session.get_one(DomainImport, import_id)


def judged(account: Account, user: User, text: str) -> list[ImportLine]:
    made = finished(imported(account, user, text))
    assert made.state is ImportState.CHECKED
    return [*queries.lines_of(made, limit=1000)]


@contextmanager
def limited_to(most: int) -> Iterator[None]:
    extensions = current_app.extensions
    before = extensions["settings"]
    extensions["settings"] = before.model_copy(update={"unverified_per_account": most})
    yield
    extensions["settings"] = before


def _deny(name: str) -> None:
    deny_list.deny(HostName(name), below=False, reason="No.", actor=COMMAND, now=clock.now())


def codes(lines: list[ImportLine]) -> list[str | None]:
    found = (result.refusal_document(line) for line in lines)
    return [one["code"] if one else None for one in found]


def run(account: Account, user: User, text: str) -> DomainImport:
    made = finished(imported(account, user, text))
    assert service.begin(made, actor=Actor.person(user)) is None
    db.session.commit()
    return finished(made)


def test_lines_are_judged_before_anything_is_registered(
    app: Flask, account: Account, customer: User, llm_client: LLMClient
) -> None:
    make_domain(account, "mine.acme.test")
    rival = make_account("Rival")
    make_domain(rival, "theirs.rival.test", DomainState.VERIFIED)
    _deny("denied.acme.test")
    db.session.commit()
    before = db.session.query(LLMClientCustomDomain).count()
    lines = judged(
        account,
        customer,
        "domain_name,llm_client,method\n"
        f"chat.acme.test,{llm_client.label},\n"
        "not a name,,\n"
        "CHAT.acme.test.,,\n"
        "mine.acme.test,,\n"
        "denied.acme.test,,\n"
        "below.theirs.rival.test,,\n"
        "help.acme.test,nobody,\n"
        f"help.acme.test,{llm_client.label},\n"
        "sale.acme.test,,fax\n"
        "acme.test,,delegation\n"
        "sale.acme.test,,delegation\n"
        ",someone,\n",
    )
    assert [(line.number, line.state.value) for line in lines] == [
        (2, "ready"),
        (3, "refused"),
        (4, "refused"),
        (5, "existing"),
        (6, "refused"),
        (7, "refused"),
        (8, "refused"),
        (9, "refused"),
        (10, "refused"),
        (11, "refused"),
        (12, "ready"),
        (13, "refused"),
    ]
    assert codes(lines)[2] == "import.duplicate"
    assert codes(lines)[6:9] == ["import.unknown-llm-client", "import.client-twice", "import.unknown-method"]
    assert codes(lines)[-1] == "import.no-name"
    assert db.session.query(LLMClientCustomDomain).count() == before


@pytest.mark.parametrize(
    "typed", ["not a name", "mine.theirs.rival.test", "denied.acme.test", "acme.test", "com"]
)
def test_a_refusal_is_that_of_a_registration(
    app: Flask, account: Account, customer: User, typed: str
) -> None:
    make_domain(make_account("Rival"), "theirs.rival.test", DomainState.VERIFIED)
    _deny("denied.acme.test")
    db.session.commit()
    [line] = judged(account, customer, typed)
    refusal = registration.register(account, typed, actor=Actor.person(customer), settings=settings())
    assert not isinstance(refusal, registration.Registered)
    assert result.refusal_document(line) == {"code": refusal.reason, "sentence": refusal.sentence}


def test_names_are_registered_once_each_with_their_llm_clients(
    app: Flask, account: Account, customer: User
) -> None:
    client = make_llm_client(account, "Support")
    made = run(account, customer, "domain_name,llm_client\na.acme.test,support\nb.acme.test,\nno name,\n")
    assert made.state is ImportState.DONE
    assert queries.counts(made) == {LineState.REGISTERED: 2, LineState.REFUSED: 1}
    db.session.refresh(client)
    assert client.custom_domain is not None
    assert client.custom_domain.domain_name == "a.acme.test"
    kinds = [event.kind for event in db.session.query(Event).order_by(Event.id)]
    assert kinds.count(EventKind.REGISTERED) == 2
    assert [kind for kind in kinds if kind.value.startswith("import.")] == [
        EventKind.IMPORT_BEGUN,
        EventKind.IMPORT_ENDED,
    ]
    registered = db.session.query(Event).filter(Event.kind == EventKind.REGISTERED).first()
    assert registered is not None
    assert registered.actor_user_id == customer.id
    rows = "".join(result.as_csv(made)).splitlines()
    assert rows[0].startswith("line,domain_name,result,id")
    assert rows[1].startswith("2,a.acme.test,registered,")
    assert rows[-1].startswith("4,no name,refused,,,,")


def test_the_list_says_in_advance_how_many_fit(account: Account, customer: User) -> None:
    with limited_to(3):
        make_zone(make_domain(account, "a.acme.test"))
        lines = judged(account, customer, "".join(f"{i}.acme.test\n" for i in range(5)))
    assert codes(lines).count("import.no-room") == 3
    assert [line.state for line in lines[:2]] == [LineState.READY] * 2


def test_room_that_went_meanwhile_refuses_the_rest(account: Account, customer: User) -> None:
    text = "".join(f"{i}.acme.test\n" for i in range(5))
    made = finished(imported(account, customer, text))
    assert queries.counts(made) == {LineState.READY: 5}
    assert service.begin(made, actor=Actor.person(customer)) is None
    db.session.commit()
    with limited_to(2):
        made = finished(made)
    assert queries.counts(made) == {LineState.REGISTERED: 2, LineState.REFUSED: 3}
    assert codes([*queries.lines_of(made, LineState.REFUSED, limit=9)]) == ["too-many-unverified"] * 3


def test_a_cancelled_import_registers_no_more(account: Account, customer: User) -> None:
    made = finished(imported(account, customer, "a.acme.test\nb.acme.test"))
    assert service.begin(made, actor=Actor.person(customer)) is None
    db.session.commit()
    lease = work.claim(made.id, clock.now())
    assert lease is not None
    found = work.next_lines(made.id, lease)
    assert found is not None
    assert service.cancel(made, actor=Actor.person(customer)) is None
    db.session.commit()
    assert work.record(found, {}, clock.now(), settings()) is None
    db.session.commit()
    assert queries.counts(made) == {LineState.READY: 2}
    refused = service.begin(made, actor=Actor.person(customer))
    assert refused is not None
    assert refused.code == "already-ended"


def test_only_one_beginning_counts(account: Account, customer: User) -> None:
    made = finished(imported(account, customer, "a.acme.test"))
    assert service.begin(made, actor=Actor.person(customer)) is None
    again = service.begin(made, actor=Actor.person(customer))
    assert again is not None
    assert again.code == "already-begun"


def test_an_overtaken_worker_records_nothing(account: Account, customer: User) -> None:
    made = finished(imported(account, customer, "a.acme.test"))
    assert service.begin(made, actor=Actor.person(customer)) is None
    db.session.commit()
    now = clock.now()
    lease = work.claim(made.id, now)
    assert lease is not None
    found = work.next_lines(made.id, lease)
    assert found is not None
    assert work.claim(made.id, now) is None
    later = now + work.JOB.lease
    assert work.claim(made.id, later) is not None
    db.session.commit()
    assert work.record(found, {}, later, settings()) is None
    db.session.rollback()
    assert queries.counts(made) == {LineState.READY: 1}


def test_a_line_that_breaks_us_is_given_up_and_the_others_go_on(account: Account, customer: User) -> None:
    made = finished(imported(account, customer, "a.acme.test\nb.acme.test\nc.acme.test"))
    assert service.begin(made, actor=Actor.person(customer)) is None
    db.session.commit()
    register = registration.register

    def broken(account: Account, typed: str, **how: object) -> object:
        if typed == "b.acme.test":
            raise ZeroDivisionError
        return register(account, typed, **how)  # type: ignore[arg-type]

    with patch.object(registration, "register", broken), patch.object(work, "_PAUSE", timedelta(0)):
        for _ in range(10):
            tasks.advance(made.id)
    made = db.session.get_one(DomainImport, made.id)
    assert made.state is ImportState.DONE
    [line] = queries.lines_of(made, LineState.REFUSED, limit=9)
    assert line.typed == "b.acme.test"
    assert line.problem is not None
    assert "our side" in sentence(line.problem)


def test_the_limit_of_lists_a_day(account: Account, customer: User) -> None:
    read = parsing.read_text("a.acme.test")
    assert isinstance(read, parsing.Read)
    with patch.object(service, "MOST_A_DAY", 1):
        assert isinstance(service.create(account, read, actor=Actor.person(customer)), DomainImport)
        refused = service.create(account, read, actor=Actor.person(customer))
    assert isinstance(refused, service.Refused)
    assert refused.code == "too-many-imports"
