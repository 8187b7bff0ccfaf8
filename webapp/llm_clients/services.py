"""Creating and changing LLM clients. Services flush; the edge that called them commits."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from webapp.extensions import db
from webapp.llm_clients.queries import label_taken
from webapp.models import Account, LLMClient, ValidationError
from webapp.models.llm_client import host_label

_MOST_LABEL = 63


def create(account: Account, name: str, *, deployed: bool = False) -> LLMClient:
    """Create an LLM client. Its label, part of its default host, gets a number if the account has that label already.

    Raises `ValidationError` when another process took the label at the same moment.
    """
    label = _free_label(account, name)
    try:
        with db.session.begin_nested():
            # Created inside the savepoint, because naming its account adds the row to the session.
            llm_client = LLMClient(account=account, name=name, deployed=deployed, label=label)
            db.session.add(llm_client)
    except IntegrityError as err:
        sentence = "An LLM client with this name was created a moment ago. Send the form again."
        raise ValidationError("name", sentence) from err
    return llm_client


def change(llm_client: LLMClient, *, name: str, deployed: bool) -> None:
    """Change name and deployment. The default host stays as it is, because people have bookmarked it."""
    llm_client.name, llm_client.deployed = name, deployed
    db.session.flush()


def _free_label(account: Account, name: str) -> str:
    wanted, number = host_label(name), 1
    label = wanted
    while label_taken(account, label):
        number += 1
        suffix = f"-{number}"
        label = wanted[: _MOST_LABEL - len(suffix)].rstrip("-") + suffix
    return label
