"""Which method is recommended for what is seen of a name."""

from __future__ import annotations

import pytest

from webapp.models import Method
from webapp.proofs.choice import Reason, Recommendation, Seen, recommend

BOTH = (Method.DELEGATION, Method.RECORDS)
SITE = Seen(zone="acme.com", there=("site",))
NO_NS = Seen(zone="acme.com", refuses_ns="Sites takes no NS records for a name below acme.com.")


@pytest.mark.parametrize(
    ("seen", "method", "reason"),
    [
        (Seen(zone="acme.com"), Method.DELEGATION, Reason.USUAL),
        (Seen(asked=False), Method.DELEGATION, Reason.UNSEEN),
        (Seen(apex=True, zone="acme.com"), Method.RECORDS, Reason.APEX),
        (NO_NS, Method.RECORDS, Reason.PROVIDER),
        (SITE, Method.RECORDS, Reason.ANSWERS),
        (Seen(there=("mail",)), Method.RECORDS, Reason.ANSWERS),
        (Seen(there=("txt",)), Method.RECORDS, Reason.ANSWERS),
        (Seen(there=("ns",)), Method.RECORDS, Reason.ANSWERS),
        # The first of several reasons is the one that cannot be helped.
        (Seen(apex=True, refuses_ns="No.", there=("site",)), Method.RECORDS, Reason.APEX),
        (Seen(refuses_ns="No.", there=("site",)), Method.RECORDS, Reason.PROVIDER),
        # Who could not be asked has told nothing.
        (Seen(asked=False, refuses_ns="No.", there=("site",)), Method.DELEGATION, Reason.UNSEEN),
    ],
)
def test_recommended_is_what_speaks_for_it(seen: Seen, method: Method, reason: Reason) -> None:
    assert recommend(seen, BOTH) == Recommendation(method, reason)


@pytest.mark.parametrize("seen", [Seen(), Seen(asked=False), Seen(apex=True), NO_NS, SITE])
@pytest.mark.parametrize("only", list(Method))
def test_with_one_method_there_is_nothing_to_choose(seen: Seen, only: Method) -> None:
    assert recommend(seen, (only,)) == Recommendation(only, Reason.ONLY)


def test_default_is_the_operators() -> None:
    assert recommend(Seen(), (Method.RECORDS, Method.DELEGATION)).method is Method.RECORDS
