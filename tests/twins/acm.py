"""ACM in memory, for the tests of whatever uses it: the same methods, the same refusals, no waiting."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

from webapp.aws.acm.port import LONGEST_HOST, CertificateFacts, Renewal, Status
from webapp.aws.shared.errors import AwsError, Gone, InputRefused, NotOurs, StillInUse


@dataclass
class KeptCertificate:
    """A certificate as the twin keeps it. Tests may write to it to play ACM, or a stranger in the console."""

    facts: CertificateFacts
    token: str
    installation_id: str


class MemoryAcm:
    """`kept` (by ARN) is open to tests; `issue`, `fail_certificate` and `late` say what ACM does next."""

    def __init__(self, *, installation_id: str = "test") -> None:
        self.installation_id = installation_id
        self.kept: dict[str, KeptCertificate] = {}
        self.requests: list[tuple[str, str]] = []
        #: How many more times a description comes without the CNAME.
        self.late = 0
        #: Whether the hour is over for which ACM remembers tokens.
        self.forgetful = False
        self._numbers = count(1)
        self._faults: dict[str, deque[tuple[AwsError, bool]]] = defaultdict(deque)

    def fail(self, method: str, error: AwsError, *, after: bool = False) -> None:
        """Let the next call of `method` raise; `after`: it is carried out all the same, the answer is lost."""
        self._faults[method].append((error, after))

    def issue(self, arn: str, now: datetime | None = None, *, days: int = 198) -> None:
        at = now or datetime.now(UTC)
        self.change(arn, status=Status.ISSUED, issued_at=at, not_after=at + timedelta(days=days))

    def fail_certificate(self, arn: str, reason: str | None = None) -> None:
        """FAILED for this reason; without one, VALIDATION_TIMED_OUT."""
        status = Status.FAILED if reason else Status.VALIDATION_TIMED_OUT
        self.change(arn, status=status, failure_reason=reason)

    def renew(self, arn: str, renewal: Renewal) -> None:
        self.change(arn, renewal=renewal)

    def change(self, arn: str, **values: object) -> None:
        self.kept[arn].facts = replace(self.kept[arn].facts, **values)  # type: ignore[arg-type]

    def request(self, host: str, token: str) -> str:
        lost_answer = self._fault("request")
        if len(host) > LONGEST_HOST or "_" in host:
            raise InputRefused(f"RequestCertificate: ValidationException: {host}", code="ValidationException")
        self.requests.append((host, token))
        arn = (None if self.forgetful else self._found(host, token)) or self._made(host, token)
        if lost_answer:
            raise lost_answer
        return arn

    def find(self, host: str, token: str) -> str | None:
        self._raise_fault("find")
        return self._found(host, token)

    def describe(self, arn: str) -> CertificateFacts:
        self._raise_fault("describe")
        facts = self._get(arn).facts
        if self.late:
            self.late -= 1
            return replace(facts, validation=None)
        return facts

    def delete(self, arn: str, token: str) -> None:
        lost_answer = self._fault("delete")
        kept = self.kept.get(arn)
        if kept and (kept.token, kept.installation_id) != (token, self.installation_id):
            raise NotOurs(f"The certificate {arn} does not carry our tags; it was left alone.")
        if kept and kept.facts.in_use_by:
            raise StillInUse(
                f"DeleteCertificate: ResourceInUseException: {arn}", code="ResourceInUseException"
            )
        self.kept.pop(arn, None)
        if lost_answer:
            raise lost_answer

    def _found(self, host: str, token: str) -> str | None:
        mark = (host, token, self.installation_id)
        kept = self.kept.values()
        return next((k.facts.arn for k in kept if (k.facts.host, k.token, k.installation_id) == mark), None)

    def _made(self, host: str, token: str) -> str:
        arn = f"arn:aws:acm:us-east-1:000000000000:certificate/{next(self._numbers):08d}"
        digest = sha256(host.encode()).hexdigest()
        validation = (f"_{digest[:32]}.{host}", f"_{digest[32:]}.validations.test")
        facts = CertificateFacts(arn, host, Status.PENDING_VALIDATION, validation)
        self.kept[arn] = KeptCertificate(facts, token, self.installation_id)
        return arn

    def _get(self, arn: str) -> KeptCertificate:
        if arn not in self.kept:
            raise Gone(f"ResourceNotFoundException: {arn}", code="ResourceNotFoundException")
        return self.kept[arn]

    def _raise_fault(self, method: str) -> None:
        if lost_answer := self._fault(method):
            raise lost_answer

    def _fault(self, method: str) -> AwsError | None:
        """Raises a fault queued for before the work; returns one queued for after it."""
        if not self._faults[method]:
            return None
        error, after = self._faults[method].popleft()
        if after:
            return error
        raise error
