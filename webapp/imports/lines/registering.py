"""Registering the lines that are ready. The registration decides: much may have changed since they were judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.audit.log import Actor
from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains import registration
from webapp.imports.lines import adoption, judging
from webapp.imports.lines.adoption import Proof
from webapp.models import DomainImport, ImportLine, LineState, LLMClient, Message, Method

#: By the id of the line: the proof of the zone that it names, or why there is none.
Proofs = Mapping[int, Proof | Message]


@dataclass(frozen=True)
class Registering:
    """In whose name and by which rules the lines of an import are registered."""

    import_: DomainImport
    actor: Actor
    settings: Settings
    now: datetime

    def register(self, lines: Sequence[ImportLine], proofs: Proofs) -> None:
        """Give each of these lines its state, and its domain."""
        typed = [line.llm_client for line in lines if line.llm_client]
        clients = judging.clients_of(self.import_.account, typed)
        for line in lines:
            client = clients.get(line.llm_client) if line.llm_client else None
            verdict = self._outcome(line, client, proofs.get(line.id))
            line.state, line.problem = verdict.state, verdict.problem

    def _outcome(
        self, line: ImportLine, client: LLMClient | None, proof: Proof | Message | None
    ) -> judging.Verdict:
        method = Method(line.method) if line.method else registration.default_method(self.settings)
        if line.llm_client and client is None:
            return judging.refused(Message("import.unknown-llm-client", {"llm_client": line.llm_client}))
        if isinstance(proof, Message):
            return judging.refused(proof)
        if problem := self._of_zone(line, method, proof):
            return judging.refused(problem)
        found = registration.register(
            self.import_.account,
            line.domain_name or line.typed,
            actor=self.actor,
            settings=self.settings,
            llm_client=client,
            method=method,
            now=self.now,
        )
        if isinstance(found, names.Refusal):
            return judging.refused(judging.said_by(found))
        line.custom_domain = found.domain
        if found.existing:
            return judging.EXISTING
        if proof is not None:
            adoption.take(found.domain, proof, actor=self.actor, now=self.now)
        return judging.Verdict(LineState.REGISTERED)

    def _of_zone(self, line: ImportLine, method: Method, proof: Proof | None) -> Message | None:
        """Why the zone that the line names is not taken over."""
        if self.import_.adopt and line.aws_hosted_zone_id and not method.has_zone:
            return Message("adoption.by-records")
        other = adoption.known(proof.zone) if proof is not None else None
        if proof is None or other is None:
            return None
        return Message("adoption.known", {"zone": proof.zone.id, "other": other.domain_name})
