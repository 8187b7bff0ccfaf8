"""What a check of the records method has to find: the claim's token and target, and the past of the name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from webapp.config.settings import Settings
from webapp.dns.records_method import RecordsExpectation, ValidationRecord
from webapp.extensions import db, settings
from webapp.models import Certificate, CertificateState, LLMClientCustomDomain, Method, RecordsProof
from webapp.proofs.records import queries

#: The states of a certificate whose record has to stand: every renewal asks for it, and a next one has the same.
_ASKED_FOR = (
    CertificateState.REQUESTED,
    CertificateState.VALIDATING,
    CertificateState.ISSUED,
    CertificateState.FAILED,
)


def expectation_of(domain: LLMClientCustomDomain) -> RecordsExpectation:
    return expectations_of([domain])[domain.id]


def expectations_of(domains: Sequence[LLMClientCustomDomain]) -> dict[int, RecordsExpectation]:
    """By the domains' ids. A claim that has no token is left out: there is nothing to find yet."""
    known, validations, chosen = _known(domains), _validations(domains), settings()
    found = {}
    for domain in domains:
        proofs = known.get((domain.account_id, domain.domain_name), ())
        if any(one.custom_domain_id == domain.id for one in proofs):
            found[domain.id] = _expectation(domain, proofs, validations.get(domain.id), chosen)
    return found


def records_of(domains: Sequence[LLMClientCustomDomain]) -> dict[int, tuple[str, ...]]:
    """What is to be published, each as “name type value”, of the domains that have a token."""
    known, validations, chosen = _known(domains), _validations(domains), settings()
    found = {}
    for domain in domains:
        proofs = known.get((domain.account_id, domain.domain_name), ())
        own = [one for one in proofs if one.custom_domain_id == domain.id]
        if not own or own[-1].state in queries.OVER_TARGETS:
            continue
        apex = domain.registrable_domain == domain.domain_name
        expected = RecordsExpectation(
            host=domain.domain_name,
            token=own[-1].token,
            target=own[-1].target,
            edge_addresses=edge_addresses(chosen),
            label=chosen.challenge_label,
            validation=validations.get(domain.id),
        )
        found[domain.id] = expected.records(apex=apex)
    return found


def _known(domains: Sequence[LLMClientCustomDomain]) -> dict[tuple[int, str], list[RecordsProof]]:
    return queries.proofs_of_accounts(
        {domain.account_id for domain in domains}, {domain.domain_name for domain in domains}
    )


def _expectation(
    domain: LLMClientCustomDomain,
    proofs: Sequence[RecordsProof],
    validation: ValidationRecord | None,
    chosen: Settings,
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
        validation=validation,
        former_tokens=tuple(one.token for one in former),
        former_targets=tuple(one.target for one in former),
        proved=domain.state.is_verified and domain.method is Method.RECORDS,
        inconsistent_since=domain.inconsistent_since,
        listed_before=domain.verified_at is not None and domain.method is Method.RECORDS,
        served=domain.verified_at is not None,
        history=domain.check_history if domain.method is Method.RECORDS else None,
    )


def edge_addresses(chosen: Settings) -> tuple[str, ...]:
    """The addresses of the edge; none where it is an alias, which has others tomorrow."""
    return tuple(one for one in chosen.edge_target if not one.startswith("alias:"))


def _validations(domains: Sequence[LLMClientCustomDomain]) -> dict[int, ValidationRecord]:
    """The record that the newest certificate of each needs, as long as a certificate authority asks for one."""
    rows = db.session.scalars(
        select(Certificate)
        .where(Certificate.custom_domain_id.in_([domain.id for domain in domains]))
        .order_by(Certificate.generation)
    )
    newest = {row.custom_domain_id: row for row in rows}
    return {
        domain_id: ValidationRecord(one.validation_name, one.validation_value)
        for domain_id, one in newest.items()
        if one.state in _ASKED_FOR and one.validation_name and one.validation_value
    }
