"""The records method, as `ProofMethod` asks it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from webapp.config.settings import Settings
from webapp.dns.records_method import RecordsExpectation
from webapp.messages.formatting import shown
from webapp.models import LLMClientCustomDomain, Method
from webapp.models.proof import UNFINISHED_TARGETS
from webapp.proofs.base.leftovers import Leftovers
from webapp.proofs.base.method import Keepable, Preparation, ProofMethod, Stage, Wake
from webapp.proofs.records import intent, look, queries
from webapp.proofs.records.expectation import expectations_of, records_of
from webapp.proofs.records.tasks import look_for_records, see_to_target
from webapp.proofs.records.words import RecordsWords

#: Nobody has typed the records before that.
FIRST_CHECK = timedelta(minutes=1)


class Records(ProofMethod):
    id = Method.RECORDS
    preparing = "We are still preparing the records. They appear here in a moment."
    words = RecordsWords()

    def expectations(self, domains: Sequence[LLMClientCustomDomain]) -> dict[int, RecordsExpectation]:
        return expectations_of(domains)

    def to_publish(self, domains: Sequence[LLMClientCustomDomain]) -> dict[int, tuple[str, ...]]:
        return records_of(domains)

    def refusal(self, _domain: LLMClientCustomDomain, _settings: Settings, _now: datetime) -> str | None:
        return None

    def prepare(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        if queries.current_proof(domain) is None:
            intent.want_proof(domain, now)
        if domain.next_check_at is None:
            domain.next_check_at = now + FIRST_CHECK

    def preparation(self, domain: LLMClientCustomDomain) -> Preparation:
        """The records are known at once. That the target is published a moment later keeps nobody from typing."""
        proof = queries.current_proof(domain)
        return Preparation(Stage.MAKING) if proof is None else Preparation(Stage.READY, proof.problem)

    def checkable(self, domain: LLMClientCustomDomain) -> bool:
        return queries.current_proof(domain) is not None

    def hasten(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        self.prepare(domain, now)

    def entered(self, domain: LLMClientCustomDomain) -> None:
        domain.aws_hosted_zone_id = None

    def let_go(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        intent.give_back(domain, now)

    def waiting(self, domain: LLMClientCustomDomain, now: datetime) -> tuple[Wake, ...]:
        proof = queries.newest_proof(domain)
        if proof is None or proof.state not in UNFINISHED_TARGETS or proof.next_attempt_at is None:
            return ()
        return (Wake(see_to_target, proof.id),) if proof.next_attempt_at <= now else ()

    def look_now(self, domain: LLMClientCustomDomain, now: datetime) -> tuple[Wake, ...]:
        return tuple(Wake(look_for_records, proof_id) for proof_id in look.look_now(domain, now))

    def leftovers(self, domain: LLMClientCustomDomain, now: datetime) -> Leftovers | None:
        proof = queries.leaving_proof(domain)
        return None if proof is None else look.leftovers(proof, now)

    def keepable(self, domain: LLMClientCustomDomain, now: datetime) -> Keepable:  # noqa: ARG002
        """As long as the removal waits for its records: the label is given to nobody else in any case."""
        if queries.leaving_proof(domain) is not None:
            return Keepable()
        return Keepable(
            f"{shown(domain.domain_name)} has no records any more that could be kept. {self.words.register_again}"
        )

    def take_back(self, domain: LLMClientCustomDomain, now: datetime) -> bool:
        """The check need not wait for a worker that is busy with the target: it asks for the name of it alone."""
        proof = queries.leaving_proof(domain)
        assert proof is not None  # noqa: S101 - else it is not keepable
        intent.take_again(proof, now)
        return False
