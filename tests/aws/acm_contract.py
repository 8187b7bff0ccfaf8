"""What every `AcmApi` does: units hold the twin and the real class to it, a service test the latter over HTTP."""

from __future__ import annotations

import pytest

from webapp.aws.acm.port import AcmApi, Status
from webapp.aws.shared.errors import Gone, InputRefused, NotOurs

HOST = "chat.acme.com"


class AcmContract:
    def test_a_new_certificate_waits_for_its_cname(self, acm: AcmApi) -> None:
        arn = acm.request(HOST, "token_1")

        facts = acm.describe(arn)

        assert (facts.arn, facts.host, facts.status) == (arn, HOST, Status.PENDING_VALIDATION)
        assert facts.validation is not None
        name, value = facts.validation
        assert name.endswith(f".{HOST}")
        assert not value.endswith(".")
        assert (facts.failure_reason, facts.issued_at, facts.not_after, facts.renewal, facts.in_use_by) == (
            None,
            None,
            None,
            None,
            (),
        )

    def test_the_same_token_is_the_same_certificate(self, acm: AcmApi) -> None:
        assert acm.request(HOST, "token_1") == acm.request(HOST, "token_1")
        assert acm.request(HOST, "token_1") != acm.request(HOST, "token_2")

    def test_two_certificates_of_a_host_have_one_cname(self, acm: AcmApi) -> None:
        one, other = (acm.describe(acm.request(HOST, f"token_{number}")) for number in (1, 2))

        assert one.validation == other.validation

    def test_a_certificate_is_found_by_its_token_and_never_by_its_name(self, acm: AcmApi) -> None:
        acm.request(HOST, "token_1")
        arn = acm.request(HOST, "token_2")

        assert acm.find(HOST, "token_2") == arn
        assert acm.find(HOST, "token_3") is None
        assert acm.find("hat.acme.com", "token_1") is None

    def test_a_certificate_is_deleted_and_once_more(self, acm: AcmApi) -> None:
        arn = acm.request(HOST, "token_1")

        acm.delete(arn, "token_1")
        acm.delete(arn, "token_1")

        with pytest.raises(Gone):
            acm.describe(arn)

    def test_a_certificate_with_other_tags_is_left_alone(self, acm: AcmApi) -> None:
        arn = acm.request(HOST, "token_1")

        with pytest.raises(NotOurs):
            acm.delete(arn, "token_2")

        assert acm.describe(arn).arn == arn

    @pytest.mark.parametrize("host", [f"{'a' * 60}.acme.com", "a_b.acme.com"])
    def test_names_that_no_certificate_can_have_are_refused(self, acm: AcmApi, host: str) -> None:
        with pytest.raises(InputRefused):
            acm.request(host, "token_1")
