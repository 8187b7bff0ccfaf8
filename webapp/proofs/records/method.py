"""The records method, as `ProofMethod` asks it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from webapp.config.settings import Settings
from webapp.dns.records_method import RecordsExpectation
from webapp.models import LLMClientCustomDomain, Method
from webapp.proofs.base.method import Preparation, ProofMethod, Stage
from webapp.proofs.records import intent, queries
from webapp.proofs.records.expectation import expectations_of, records_of
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
