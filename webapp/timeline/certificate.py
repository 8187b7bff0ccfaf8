"""The life of a domain's certificate as a line: from its issue to its end, with today and the time of its renewal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.certificates.status import leads_to_us
from webapp.models import CertificateState, LLMClientCustomDomain

#: When ACM begins to renew a certificate before its end (AWS, “Managed certificate renewal”), and what ACME clients
#: do with shorter ones: in the last third.
_RENEWAL, _LAST_PART = timedelta(days=60), 1 / 3
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """`issued` is None where only the visitors' side is known. `renews_from`: when the renewal begins; None where it
    cannot be told. `renewable`: the name leads to us, without which nobody renews it.
    """

    issued: datetime | None
    today: datetime
    renews_from: datetime | None
    ends: datetime
    renewable: bool

    @property
    def begin(self) -> datetime:
        return self.issued or self.today

    @property
    def over(self) -> bool:
        return self.ends <= self.today

    @property
    def due(self) -> bool:
        """The time of its renewal has come."""
        return self.renews_from is not None and self.renews_from <= self.today

    @property
    def days_left(self) -> int:
        return max(0, (self.ends - self.today) // _DAY)

    def part(self, moment: datetime) -> float:
        """Where on the line a time is: 0 at its begin, 1 at its end."""
        length = max(self.ends, self.today) - self.begin
        return min(1.0, max(0.0, (moment - self.begin) / length)) if length else 1.0


def certificate_line(domain: LLMClientCustomDomain, now: datetime) -> Line | None:
    """None as long as there is no certificate whose end is known."""
    newest = domain.certificates[0] if domain.certificates else None
    issued = ends = None
    if newest is not None and newest.state is CertificateState.ISSUED and newest.not_after is not None:
        issued, ends = newest.issued_at, newest.not_after
    elif newest is None and domain.probe is not None:
        ends = domain.probe.certificate_ends_at
    if ends is None:
        return None
    return Line(issued, now, _renews_from(issued, ends), ends, leads_to_us(domain))


def _renews_from(issued: datetime | None, ends: datetime) -> datetime | None:
    if issued is None or issued >= ends:
        return None
    return ends - min(_RENEWAL, (ends - issued) * _LAST_PART)
