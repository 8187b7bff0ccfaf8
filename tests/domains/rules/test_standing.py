"""What visitors reach decides the headline of a name that DNS and certificate have nothing against."""

from __future__ import annotations

from dataclasses import replace

import pytest

from webapp.domains.rules.standing import of_visits
from webapp.domains.rules.status import Situation
from webapp.live.status import ProbeStatus
from webapp.models import ProbeOutcome, utcnow

SEEN = ProbeStatus(ProbeOutcome.LIVE, "", "good", "", "", "nobody")
EDGE_AWAY = replace(SEEN, outcome=ProbeOutcome.EDGE_AWAY, tone="bad", who_acts="we")
UNRESOLVED = replace(SEEN, outcome=ProbeOutcome.UNRESOLVED, tone="wait", who_acts="we")


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (None, Situation.VERIFIED),
        (replace(SEEN, outcome=None, who_acts="we"), Situation.VERIFIED),
        (SEEN, Situation.LIVE),
        (replace(SEEN, outcome=ProbeOutcome.CERTIFICATE_SOON, tone="act", who_acts="you"), Situation.LIVE),
        (replace(SEEN, outcome=ProbeOutcome.PROXIED, tone="act", who_acts="you"), Situation.UNREACHED),
        (EDGE_AWAY, Situation.AWAY),
        (UNRESOLVED, Situation.NOT_LIVE_YET),
        (replace(UNRESOLVED, first_live_at=utcnow()), Situation.NOT_LIVE),
    ],
)
def test_headline_follows_from_what_was_seen(seen: ProbeStatus | None, found: Situation) -> None:
    assert of_visits(seen) is found
