"""Which names a key reaches. A test key reaches those below a reserved test domain (RFC 6761)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, true

from webapp.dns.names import TEST_DOMAINS, is_test_name
from webapp.models import ApiKey, LLMClient, LLMClientCustomDomain


def reaches(key: ApiKey, domain_name: str) -> bool:
    """Whether the key may see and make this name, which is in its stored form."""
    return not key.is_test or is_test_name(domain_name)


def domains_in_reach(key: ApiKey) -> ColumnElement[bool]:
    """The same as a condition on `LLMClientCustomDomain`. It says nothing of whose the names are."""
    if not key.is_test:
        return true()
    name = LLMClientCustomDomain.domain_name
    return or_(*(name.endswith(f".{suffix}", autoescape=True) for suffix in TEST_DOMAINS))


def may_change(key: ApiKey, llm_client: LLMClient) -> bool:
    """Whether the key may change this LLM client or lead a name to it; it sees more of them than that. Without it a
    test key could switch off what visitors reach at its default host.
    """
    return not key.is_test or llm_client.is_test


def llm_clients_in_reach(key: ApiKey) -> ColumnElement[bool]:
    """LLM clients that no other name leads to: a test key must not see that name, nor take the client from it."""
    if not key.is_test:
        return true()
    return ~LLMClient.custom_domain.has(~domains_in_reach(key))
