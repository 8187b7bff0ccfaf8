"""Creating and changing LLM clients. Services flush; the edge that called them commits."""

from __future__ import annotations

import itertools

from sqlalchemy.exc import IntegrityError

from webapp.domains.locks import lock_account
from webapp.extensions import db, settings
from webapp.jobs import clock
from webapp.llm_clients import queries
from webapp.models import Account, LLMClient, ValidationError
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
            f"This account has {queries.count(account)} LLM clients, and {most} is the most. Change one that you no "
            "longer need instead."
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


def _free_label(account: Account, name: str) -> str:
    wanted = host_label(name)
    taken = queries.labels_that_begin(account, wanted[: _MOST_LABEL - _LONGEST_SUFFIX].rstrip("-"))
    numbered = (_numbered(wanted, number) for number in itertools.count(2))
    return next(label for label in itertools.chain([wanted], numbered) if label not in taken)


def _numbered(wanted: str, number: int) -> str:
    suffix = f"-{number}"
    return wanted[: _MOST_LABEL - len(suffix)].rstrip("-") + suffix
