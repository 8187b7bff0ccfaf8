"""Whether the page offers to open the name, and whether it tells that the name went live for the first time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.certificates.status import CertificateStatus
from webapp.live.status import ProbeStatus
from webapp.models import LLMClientCustomDomain

#: For so long the page tells each of its people that the name went live. The time is that of the first probe that
#: worked, so that nothing has to be written when somebody has seen it.
FIRST_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Welcome:
    """`opens`: visitors reach the LLM client, as far as is known, so that the page offers to open the name. `unseen`:
    they may, and nobody has looked yet. `live_since`: when the name was first seen to work, for `FIRST_DAY`.
    """

    opens: bool
    unseen: bool = False
    live_since: datetime | None = None


CLOSED = Welcome(opens=False)


def welcome(
    domain: LLMClientCustomDomain,
    certificate: CertificateStatus | None,
    probe: ProbeStatus | None,
    now: datetime,
    *,
    live: bool,
) -> Welcome:
    """What was seen comes before what follows from DNS and certificate. `live`: the page says so, and nothing else.
    Pure.
    """
    client = domain.llm_client
    if not domain.stands or domain.held_at is not None:
        return CLOSED
    if client is None or not client.deployed:
        return CLOSED
    ready = certificate is None or certificate.works
    if probe is None:
        return Welcome(opens=ready)
    if not probe.works:
        return Welcome(opens=False, unseen=ready and probe.outcome is None)
    since = probe.first_live_at
    is_new = since is not None and now - since < FIRST_DAY
    return Welcome(opens=True, live_since=since if live and is_new else None)
