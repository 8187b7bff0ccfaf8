"""The e-mail about a name that is verified for the first time, in the word of its page: whether visitors reach it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from webapp.domain_page.context import DomainPage
from webapp.domains.rules.status import Situation


class Draft(Protocol):
    """What an e-mail knows. `told`: the sentence of its notification."""

    name: str
    told: str
    page: DomainPage

    def standing(self) -> tuple[str, ...]: ...
    def leave_in_place(self) -> str: ...


def subject(draft: Draft) -> str:
    found = draft.page.statement.situation
    if found is Situation.LIVE:
        return f"Live: visitors reach {draft.name}"
    if found is Situation.UNREACHED:
        return f"{found.words}: visitors do not reach {draft.name}"
    return f"Verified: {draft.name} leads to us"


def body(draft: Draft) -> Sequence[str]:
    client, statement = draft.page.domain.llm_client, draft.page.statement
    if statement.situation is Situation.LIVE:
        return (draft.told, f"{statement.sentences[0]} Nothing is needed from you.")
    if statement.situation is Situation.UNREACHED:
        return (draft.told, *draft.standing())
    if client is None:
        return (draft.told, "Choose on its page which LLM client answers visitors there; so far none does.")
    where = (
        f"Visitors reach {client.name} at https://{draft.page.domain.domain_name}/ as soon as its certificate is "
        "there, usually within minutes."
    )
    return (draft.told, where)


def details(draft: Draft) -> Sequence[str]:
    calm = draft.page.statement.situation is not Situation.UNREACHED
    return (draft.leave_in_place(),) if calm else ()
