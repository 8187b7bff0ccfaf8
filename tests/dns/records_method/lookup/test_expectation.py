from __future__ import annotations

import pytest

from tests.dns.records_method.cases import EDGE, HOST, LABEL, TARGET, TOKEN, expectation
from webapp.dns.records_method import RecordsExpectation, ValidationRecord


def test_names_are_folded_and_the_token_is_not() -> None:
    folded = RecordsExpectation("Chat.ACME.com.", "TokeN", f"{TARGET.upper()}.", ("2A05:F480:0::1",))
    assert (folded.host, folded.token, folded.target) == (HOST, "TokeN", TARGET)
    assert folded.edge_addresses == ("2a05:f480::1",)
    assert folded.label_name == LABEL


def test_what_is_to_be_published() -> None:
    named = expectation(validation=ValidationRecord("_a1.chat.acme.com.", "_b2.acm-validations.AWS."))
    token = f"{LABEL} TXT {TOKEN}"
    certificate = "_a1.chat.acme.com CNAME _b2.acm-validations.aws"
    assert named.records(apex=False) == (token, f"{HOST} CNAME {TARGET}", certificate)
    assert named.records(apex=True) == (token, f"{HOST} ALIAS {TARGET}", certificate)
    with_addresses = expectation(edge_addresses=EDGE)
    addresses = (f"{HOST} A {EDGE[0]}", f"{HOST} A {EDGE[1]}", f"{HOST} AAAA {EDGE[2]}")
    assert with_addresses.records(apex=True) == (token, *addresses)


def test_another_label() -> None:
    assert expectation(label="_acme-platform").label_name == f"_acme-platform.{HOST}"


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"token": ""}, "no token"),
        ({"token": "two words"}, "no token"),
        ({"token": "straße"}, "no token"),
        ({"token": "x" * 256}, "no token"),
        ({"target": "straße.example"}, "outside ASCII"),
        ({"edge_addresses": ("one.example",)}, "one.example"),
        ({"host": ".".join(["a" * 60] * 4)}, "longer than a name can be"),
    ],
)
def test_what_makes_no_records_is_refused(changes: dict[str, object], because: str) -> None:
    with pytest.raises(ValueError, match=because):
        expectation(**changes)
