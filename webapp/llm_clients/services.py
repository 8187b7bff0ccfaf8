"""Creating, changing and deleting LLM clients. Services flush; the edge that called them commits."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.audit.log import Actor, note_account
from webapp.domains.locks import lock_account
from webapp.extensions import db, settings
from webapp.jobs import clock
from webapp.llm_clients import queries
from webapp.messages.formatting import shown
from webapp.models import Account, EventKind, LLMClient, Message, ValidationError
from webapp.models.llm_client import host_label
from webapp.probes.lifecycle import look_soon

_MOST_LABEL = 63
#: A number of eight digits and its hyphen.
_LONGEST_SUFFIX = 9


def create(account: Account, name: str, *, deployed: bool = False, is_test: bool = False) -> LLMClient:
    """Create an LLM client. Its label, part of its default host, gets a number if the account has that label already.
    `is_test`: a test key asked for it, and test keys may change it.

    Raises `ValidationError` when the account has as many LLM clients as it may have, and when another process took
    the label at the same moment.
    """
    lock_account(account)
    most = settings().llm_clients_per_account
    if queries.count(account) >= most:
        sentence = (
            f"This account has {queries.count(account)} LLM clients, and {most} is the most. Delete one that you no "
            "longer need."
        )
        raise ValidationError("name", sentence)
    label = _free_label(account, name)
    try:
        with db.session.begin_nested():
            # Created inside the savepoint, because naming its account adds the row to the session.
            llm_client = LLMClient(
                account=account, name=name, deployed=deployed, label=label, is_test=is_test
            )
            db.session.add(llm_client)
    except IntegrityError as err:
        sentence = "An LLM client with this name was created a moment ago. Send the form again."
        raise ValidationError("name", sentence) from err
    return llm_client


def change(llm_client: LLMClient, *, name: str, deployed: bool) -> None:
    """Change name and deployment. The default host stays as it is, because people have bookmarked it."""
    switched = deployed != llm_client.deployed
    llm_client.name, llm_client.deployed = name, deployed
    db.session.flush()
    if switched and llm_client.custom_domain is not None:
        look_soon(llm_client.custom_domain, clock.now())


@dataclass(frozen=True)
class NotDeleted:
    """The LLM client stays as it is."""

    sentence: str
    code: str = "llm-client-serves"


def delete(llm_client: LLMClient, *, actor: Actor) -> NotDeleted | None:
    """Delete the LLM client for good, unless a domain leads to it: its visitors would reach nobody. The database
    decides between this and somebody who leads a domain there. To delete it twice changes nothing.
    """
    account, said = llm_client.account, {"name": llm_client.name, "host": llm_client.default_host}
    lock_account(account)
    alone = LLMClient.id == llm_client.id, LLMClient.custom_domain_id.is_(None)
    done = db.session.execute(
        sql_delete(LLMClient).where(*alone).execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        query = (
            select(LLMClient).where(LLMClient.id == llm_client.id).execution_options(populate_existing=True)
        )
        found = db.session.scalar(query)
        return None if found is None else _serving(found)
    db.session.expunge(llm_client)
    db.session.expire(account, ["llm_clients"])
    note_account(account, EventKind.LLM_CLIENT_DELETED, Message("llm-client.deleted", said), actor)
    db.session.flush()
    return None


def _serving(llm_client: LLMClient) -> NotDeleted:
    domain = llm_client.custom_domain
    name = shown(domain.domain_name) if domain is not None else "A domain"
    return NotDeleted(
        f"{name} leads to {llm_client.name}. Choose “The default address only” for it, or remove the domain. Then "
        "delete it."
    )


def _free_label(account: Account, name: str) -> str:
    wanted = host_label(name)
    taken = queries.labels_that_begin(account, wanted[: _MOST_LABEL - _LONGEST_SUFFIX].rstrip("-"))
    numbered = (_numbered(wanted, number) for number in itertools.count(2))
    return next(label for label in itertools.chain([wanted], numbered) if label not in taken)


def _numbered(wanted: str, number: int) -> str:
    suffix = f"-{number}"
    return wanted[: _MOST_LABEL - len(suffix)].rstrip("-") + suffix
