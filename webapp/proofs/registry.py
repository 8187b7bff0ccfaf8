"""The methods that there are, and those that the settings offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from webapp.config.settings import Settings
from webapp.dns.methods import AnyExpectation
from webapp.jobs import clock
from webapp.models import LLMClientCustomDomain, Method
from webapp.proofs.base.leftovers import Leftovers
from webapp.proofs.base.method import ProofMethod
from webapp.proofs.delegation.method import Delegation
from webapp.proofs.records.method import Records

T = TypeVar("T")

METHODS: dict[Method, ProofMethod] = {one.id: one for one in (Delegation(), Records())}


def method_of(domain: LLMClientCustomDomain) -> ProofMethod:
    return METHODS[domain.method]


def offered(settings: Settings) -> tuple[Method, ...]:
    """The methods that people may choose, the default first."""
    return tuple(Method(one) for one in settings.methods)


def expectation_of(domain: LLMClientCustomDomain) -> AnyExpectation:
    """The record set that the page tells people to type and that the check expects. Two sources could differ."""
    return expectations_of([domain])[domain.id]


def expectations_of(domains: Sequence[LLMClientCustomDomain]) -> dict[int, AnyExpectation]:
    """By the domains' ids, with one query for each method; without those that have nothing to find yet."""
    return _by_method(domains, lambda domain: domain.method, lambda method, own: method.expectations(own))


def next_expectations_of(domains: Sequence[LLMClientCustomDomain]) -> dict[int, AnyExpectation]:
    """The same by the method that those which change their method change to."""
    return _by_method(
        domains, lambda domain: domain.next_method, lambda method, own: method.expectations(own)
    )


def to_publish(domains: Sequence[LLMClientCustomDomain]) -> dict[int, tuple[str, ...]]:
    """What their people publish by the methods that they have, each record as “name type value”, by their ids."""
    there = [domain for domain in domains if not domain.state.is_gone]
    return _by_method(there, lambda domain: domain.method, lambda method, own: method.to_publish(own))


def _by_method(
    domains: Sequence[LLMClientCustomDomain],
    which: Callable[[LLMClientCustomDomain], Method | None],
    ask: Callable[[ProofMethod, Sequence[LLMClientCustomDomain]], Mapping[int, T]],
) -> dict[int, T]:
    """What each method says of those domains that have it."""
    found: dict[int, T] = {}
    for method in METHODS.values():
        own = [domain for domain in domains if which(domain) is method.id]
        if own:
            found |= ask(method, own)
    return found


def leftovers_of(domain: LLMClientCustomDomain) -> Leftovers | None:
    """What the people of a domain that is being removed still have to delete in a zone of theirs."""
    now = clock.now()
    found = (method.leftovers(domain, now) for method in METHODS.values())
    return next((one for one in found if one is not None), None)
