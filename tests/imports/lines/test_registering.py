"""Lines that are registered, apart from the work on their list."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.app_fixtures import change
from tests.factories import make_domain
from webapp.audit.log import COMMAND
from webapp.extensions import db, settings
from webapp.imports.lines.registering import Proofs, Registering
from webapp.jobs import clock
from webapp.models import (
    Account,
    DomainImport,
    ImportLine,
    ImportState,
    LineState,
    LLMClientCustomDomain,
    Message,
)

NAME, ZONE = "chat.acme.test", "Z1234567890ABCDEF"
NOT_PROVED = Message("adoption.not-proved", {"zone": ZONE, "account": "1"})


def registered(
    account: Account, *, proofs: Proofs | None = None, adopt: bool = True, **line: str
) -> ImportLine:
    """The line after its turn; it has the id 1."""
    import_ = DomainImport(
        account=account, lines=1, state=ImportState.RUNNING, adopt=adopt, actor_kind="command", actor_name="x"
    )
    db.session.add(import_)
    db.session.flush()
    row = ImportLine(
        id=1, import_id=import_.id, number=1, typed=NAME, domain_name=NAME, state=LineState.READY, **line
    )
    db.session.add(row)
    Registering(import_, COMMAND, settings(), clock.now()).register([row], proofs or {})
    db.session.flush()
    return row


def count() -> int:
    return db.session.scalar(select(func.count(LLMClientCustomDomain.id))) or 0


def test_a_line_gets_its_domain(account: Account) -> None:
    line = registered(account)
    assert (line.state, line.problem) == (LineState.REGISTERED, None)
    assert line.custom_domain.domain_name == NAME
    assert line.custom_domain.account is account


def test_a_name_that_the_account_has_meanwhile_is_left_as_it_is(account: Account) -> None:
    domain = make_domain(account, NAME)
    line = registered(account)
    assert (line.state, line.custom_domain) == (LineState.EXISTING, domain)
    assert count() == 1


@pytest.mark.parametrize(
    ("line", "proofs", "code"),
    [
        ({"llm_client": "nobody"}, {}, "import.unknown-llm-client"),
        ({"aws_hosted_zone_id": ZONE}, {1: NOT_PROVED}, "adoption.not-proved"),
        ({"aws_hosted_zone_id": ZONE, "method": "records"}, {}, "adoption.by-records"),
    ],
)
def test_what_is_in_the_way_registers_nothing(
    account: Account, line: dict[str, Any], proofs: Proofs, code: str
) -> None:
    row = registered(account, proofs=proofs, **line)
    assert row.state is LineState.REFUSED
    assert row.problem is not None
    assert row.problem.code == code
    assert count() == 0


def test_a_zone_is_nothing_to_a_list_that_takes_none_over(app: Flask, account: Account) -> None:
    change(app, methods=["records"], edge_domain="edge.nameplate.net", edge_target=["192.0.2.1"])
    line = registered(account, adopt=False, aws_hosted_zone_id=ZONE, method="records")
    assert line.state is LineState.REGISTERED
