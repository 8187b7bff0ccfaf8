"""Which rows a test key reaches."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.factories import make_domain, make_llm_client
from webapp.extensions import db
from webapp.keys.access import reach
from webapp.models import Account, ApiKey, LLMClient, LLMClientCustomDomain

TEST, LIVE = ApiKey(is_test=True), ApiKey(is_test=False)
#: Name -> whether it is one for tests.
NAMES = {
    "chat.acme.test": True,
    "acme.test": True,
    "chat.example.com": True,
    "chat.acme.example": True,
    "chat.acme.com": False,
    "chat.latest": False,
    "chat.myexample.com": False,
    "chat.acme.internal": False,
}


@pytest.mark.parametrize("name", NAMES)
def test_names_in_reach(name: str) -> None:
    assert reach.reaches(TEST, name) is NAMES[name]
    assert reach.reaches(LIVE, name)


def test_condition_is_the_same_rule(account: Account) -> None:
    for name in NAMES:
        make_domain(account, name)

    def seen(key: ApiKey) -> set[str]:
        return set(
            db.session.scalars(select(LLMClientCustomDomain.domain_name).where(reach.domains_in_reach(key)))
        )

    assert seen(TEST) == {name for name, is_test in NAMES.items() if is_test}
    assert seen(LIVE) == set(NAMES)


def test_llm_client_of_a_real_name_is_out_of_reach(account: Account) -> None:
    for number, name in enumerate(("chat.acme.com", "chat.acme.test", None)):
        domain = make_domain(account, name) if name else None
        make_llm_client(account, f"Bot {number}", custom_domain=domain)

    def seen(key: ApiKey) -> set[str]:
        return set(
            db.session.scalars(
                select(LLMClient.name).where(reach.llm_clients_in_reach(key), LLMClient.name.like("Bot%"))
            )
        )

    assert seen(TEST) == {"Bot 1", "Bot 2"}
    assert seen(LIVE) == {"Bot 0", "Bot 1", "Bot 2"}
