"""What a check of the records method has to find: the claim's token and target, and the past of the name."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.config.settings import Settings
from webapp.dns.records_method import RecordsExpectation, ValidationRecord
from webapp.domains import queries as domain_queries
from webapp.extensions import settings
from webapp.models import CertificateState, LLMClientCustomDomain, Method, RecordsProof
from webapp.proofs.records import queries

_ASKED_FOR = (CertificateState.REQUESTED, CertificateState.VALIDATING, CertificateState.ISSUED)


def expectation_of(domain: LLMClientCustomDomain) -> RecordsExpectation:
    return expectations_of([domain])[domain.id]


def expectations_of(domains: Sequence[LLMClientCustomDomain]) -> dict[int, RecordsExpectation]:
    """By the domains' ids. Raises KeyError for a claim that has no token, which is a fault of ours."""
    known = queries.proofs_of_accounts(
        {domain.account_id for domain in domains}, {domain.domain_name for domain in domains}
    )
    chosen = settings()
    return {
        domain.id: _expectation(domain, known[domain.account_id, domain.domain_name], chosen)
        for domain in domains
    }


def _expectation(
    domain: LLMClientCustomDomain, proofs: Sequence[RecordsProof], chosen: Settings
) -> RecordsExpectation:
    own = [one for one in proofs if one.custom_domain_id == domain.id]
    current = own[-1]
    former = [one for one in proofs if one.id < current.id]
    return RecordsExpectation(
        host=domain.domain_name,
        token=current.token,
        target=current.target,
        edge_addresses=edge_addresses(chosen),
        apex=domain.registrable_domain == domain.domain_name,
        label=chosen.challenge_label,
        validation=_validation(domain),
        former_tokens=tuple(one.token for one in former),
        former_targets=tuple(one.target for one in former),
        proved=domain.state.is_verified and domain.method is Method.RECORDS,
        inconsistent_since=domain.inconsistent_since,
        listed_before=domain.verified_at is not None,
        history=domain.check_history if domain.method is Method.RECORDS else None,
    )


def edge_addresses(chosen: Settings) -> tuple[str, ...]:
    """The addresses of the edge; none where it is an alias, which has others tomorrow."""
    return tuple(one for one in chosen.edge_target if not one.startswith("alias:"))


def _validation(domain: LLMClientCustomDomain) -> ValidationRecord | None:
    """The record that the newest certificate needs, as long as a certificate authority asks for one."""
    newest = domain_queries.newest_certificate(domain)
    if newest is None or newest.state not in _ASKED_FOR:
        return None
    name, value = newest.validation_name, newest.validation_value
    return ValidationRecord(name, value) if name and value else None
