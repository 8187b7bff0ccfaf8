"""The methods that there are, and those that the settings offer."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.config.settings import Settings
from webapp.dns.methods import AnyExpectation
from webapp.jobs import clock
from webapp.models import LLMClientCustomDomain, Method
from webapp.proofs.base.leftovers import Leftovers
from webapp.proofs.base.method import ProofMethod
from webapp.proofs.delegation.method import Delegation
from webapp.proofs.records.method import Records

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
    """By the domains' ids, with one query for each method."""
    found: dict[int, AnyExpectation] = {}
    for method in METHODS.values():
        own = [domain for domain in domains if domain.method is method.id]
        if own:
            found |= method.expectations(own)
    return found


def to_publish(domains: Sequence[LLMClientCustomDomain]) -> dict[int, tuple[str, ...]]:
    """What their people publish by the methods that they have, each record as “name type value”, by their ids."""
    found: dict[int, tuple[str, ...]] = {}
    for method in METHODS.values():
        own = [domain for domain in domains if domain.method is method.id and not domain.state.is_gone]
        if own:
            found |= method.to_publish(own)
    return found


def next_expectations_of(domains: Sequence[LLMClientCustomDomain]) -> dict[int, AnyExpectation]:
    """The same by the method that those which change their method change to."""
    found: dict[int, AnyExpectation] = {}
    for method in METHODS.values():
        own = [domain for domain in domains if domain.next_method is method.id]
        if own:
            found |= method.expectations(own)
    return found


def leftovers_of(domain: LLMClientCustomDomain) -> Leftovers | None:
    """What the people of a domain that is being removed still have to delete in a zone of theirs."""
    now = clock.now()
    found = (method.leftovers(domain, now) for method in METHODS.values())
    return next((one for one in found if one is not None), None)
