"""What a domain's page and an LLM client's page say of the certificate, apart from DNS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from tests.domain_page.pages import attribute, page_of
from tests.factories import make_domain, make_llm_client, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.certificates.status import CertificateStatus, caa_record, certificate_status
from webapp.dns.caa import CaaVerdict
from webapp.dns.delegation import Verdict
from webapp.domain_page.reading import domain_page
from webapp.extensions import db, settings
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    Message,
    TlsStatus,
    utcnow,
)

HOST = "chat.acme.com"
END = datetime(2027, 6, 9, tzinfo=UTC)
ALLOWS = {"where": "acme.com", "allows": ["letsencrypt.org"], "authority": "amazon.com"}
CAA = Message(Problem.CAA_RESTRICTED.value, {**ALLOWS, "add": '0 issue "amazon.com"'})
BLOCKED = {"failure_reason": CaaVerdict.BLOCKED.value, "problem": CAA}
LATE = Message(Problem.RENEWAL_LATE.value, {"name": HOST, "until": END.isoformat(), "why": None})
TIMED_OUT = Message(Problem.TIMED_OUT.value, {"name": HOST})
THROTTLED = Message("aws", {"said": "RequestCertificate: Throttling", "code": "Throttling"})


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    make_zone(domain)
    make_llm_client(account, custom_domain=domain, deployed=True)
    db.session.commit()
    return domain


def give(domain: LLMClientCustomDomain, state: CertificateState, **values: Any) -> Certificate:
    certificate = Certificate(
        custom_domain_id=domain.id, domain_name=HOST, state=state, idempotency_token="t", **values
    )
    db.session.add(certificate)
    db.session.commit()
    return certificate


def test_contact_is_the_one_of_the_installation() -> None:
    """Commands and the API show the sentence as it is."""
    refused = Message(Problem.REFUSED.value, {"name": HOST, "said": "no"})
    certificate = Certificate(domain_name=HOST, state=CertificateState.FAILED, problem=refused)
    found = certificate_status(certificate, contact="help@acme.net")
    assert found is not None
    assert found.next_step == "Contact help@acme.net."


def shown(state: CertificateState, **values: Any) -> CertificateStatus | None:
    return certificate_status(Certificate(domain_name=HOST, state=state, **values))


@pytest.mark.parametrize(
    ("state", "values", "headline", "who"),
    [
        (CertificateState.WANTED, {}, "On its way", "we"),
        (CertificateState.REQUESTED, {}, "On its way", "we"),
        (CertificateState.VALIDATING, {"problem": THROTTLED}, "On its way", "we"),
        (CertificateState.ISSUED, {"not_after": END}, "Issued", "nobody"),
        (CertificateState.ISSUED, {"not_after": END, "problem": THROTTLED}, "Issued", "nobody"),
        (CertificateState.ISSUED, {"not_after": END, "problem": LATE}, "Not renewed yet", "we"),
        (CertificateState.FAILED, BLOCKED, "Certificate blocked", "you"),
        (CertificateState.FAILED, {**BLOCKED, "failure_reason": "OTHER"}, "Certificate blocked", "you"),
        (CertificateState.FAILED, {**BLOCKED, "problem": THROTTLED}, "Not issued yet", "we"),
        (CertificateState.FAILED, {"problem": TIMED_OUT}, "Not issued yet", "nobody"),
        (CertificateState.FAILED, {}, "Not issued yet", "we"),
        (CertificateState.DELETING, {}, "Being deleted", "we"),
    ],
)
def test_every_state_has_a_headline_and_says_who_acts(
    state: CertificateState, values: dict[str, Any], headline: str, who: str
) -> None:
    found = shown(state, **values)

    assert found is not None
    assert (found.headline, found.who_acts) == (headline, who)
    assert found.works == (state is CertificateState.ISSUED)
    assert "Throttling" not in found.sentence


def test_there_is_nothing_to_tell_without_one() -> None:
    assert certificate_status(None) is None
    assert shown(CertificateState.DELETED) is None


def test_an_issued_one_says_until_when() -> None:
    found = shown(CertificateState.ISSUED, not_after=END)

    assert found is not None
    assert found.sentence == "It is valid until 9 June 2027 and renews by itself."


def test_the_page_says_that_dns_is_right_and_the_certificate_on_its_way(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    give(domain, CertificateState.VALIDATING, validation_name=f"_x.{HOST}", validation_value="_y.aws")

    page = page_of(browser, domain)

    assert attribute(page, "data-state") == ["verified"]
    assert attribute(page, "data-certificate") == ["validating"]
    status = text_of(with_id(page, "status"))
    assert f"DNS is right: {HOST} leads to us." in status
    assert "The certificate is being issued; usually some minutes." in status
    assert "Visitors reach" not in status
    assert f"Open {HOST}" not in status
    assert f"_x.{HOST}" in text_of(with_id(page, "certificate-record"))


def test_the_page_says_what_to_add_when_a_caa_record_forbids_it(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    give(domain, CertificateState.FAILED, **BLOCKED)

    page = page_of(browser, domain)

    status = text_of(with_id(page, "status"))
    assert "Action needed" in status
    assert "Your turn" in status
    assert "The CAA record at acme.com allows only letsencrypt.org; add amazon.com." in status
    assert 'Add a CAA record at acme.com with the value 0 issue "amazon.com".' in status
    assert attribute(page, "data-certificate") == ["failed"]


def test_an_issued_one_leaves_the_status_to_dns(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    give(domain, CertificateState.ISSUED, not_after=END)

    page = page_of(browser, domain)

    status = text_of(with_id(page, "status"))
    assert f"at https://{HOST}/" in status
    assert f"Open {HOST}" in status
    assert attribute(page, "data-certificate") == ["issued"]


def test_the_page_keeps_asking_until_it_is_issued_and_notices_every_step(
    domain: LLMClientCustomDomain,
) -> None:
    certificate = give(domain, CertificateState.VALIDATING)
    before = domain_page(domain, settings(), utcnow())
    certificate.state, certificate.not_after = CertificateState.ISSUED, END
    after = domain_page(domain, settings(), utcnow())

    assert (before.settled, after.settled) == (False, True)
    assert before.version != after.version


@pytest.mark.parametrize("status", list(TlsStatus))
def test_the_llm_clients_page_has_words_for_every_status(
    browser: FlaskClient, domain: LLMClientCustomDomain, status: TlsStatus
) -> None:
    llm_client = domain.llm_client
    assert llm_client is not None
    llm_client.tls_certificate_issuance_status = status
    db.session.commit()

    assert browser.get(f"/llm-clients/{llm_client.id}").status_code == 200


def buttons(page: Element) -> list[tuple[str, bool]]:
    """The buttons of the status, and whether each is the primary one."""
    status = with_id(page, "status")
    assert status is not None
    found = [
        one for kind in ("a", "button") for one in elements(status, kind) if "btn" in one.get("class", "")
    ]
    return [(text_of(one), "btn-primary" in one.get("class", "").split()) for one in found]


def test_a_blocked_one_has_its_record_to_copy_and_its_button_first(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    waits = {**BLOCKED, "next_attempt_at": utcnow() + timedelta(hours=1)}
    give(domain, CertificateState.FAILED, **waits)

    page = page_of(browser, domain)

    assert buttons(page) == [("I have fixed it, try again", True), ("Verify again", False)]
    assert text_of(page).count("I have fixed it, try again") == 1
    record = next(one for one in elements(page, "dl") if "data-caa-record" in one.attrib)
    copied = [one.get("data-copy") for one in elements(record, "button")]
    assert copied == ["@", "acme.com", '0 issue "amazon.com"', "amazon.com"]
    assert len([one for one in elements(page, "dl") if "data-caa-record" in one.attrib]) == 1


def test_caa_record_is_named_as_its_zone_wants_it() -> None:
    found = caa_record(CAA)
    assert found is not None
    assert found.parts == ("0", "issue", "amazon.com")
    assert [found.relative_to(zone) for zone in ("acme.com", "com", "other.org")] == ["@", "acme", "acme.com"]
    renewal = Message(Problem.RENEWAL_FORBIDDEN.value, {"name": HOST, "until": None, "caa": CAA.as_param()})
    assert caa_record(renewal) == found
    assert caa_record(TIMED_OUT) is None
    assert caa_record(None) is None


def test_blocked_one_comes_before_the_choice_of_an_llm_client_on_page_and_list(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    llm_client = domain.llm_client
    assert llm_client is not None
    llm_client.custom_domain = None
    give(domain, CertificateState.FAILED, **BLOCKED)
    db.session.expire(domain)

    page = page_of(browser, domain)

    assert text_of(with_id(page, "headline")) == "Action needed"
    assert "Choose under" not in text_of(with_id(page, "status"))
    listed = parse(browser.get("/domains").text)
    assert "Action needed" in [text_of(one) for one in elements(listed, "span")]


def test_records_of_a_healthy_name_are_folded_and_of_any_other_open(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    page = page_of(browser, domain)
    folded = with_id(page, "your-records")
    assert folded is not None
    assert folded.tag == "details"
    assert "open" not in folded.attrib
    assert len(attribute(folded, "data-name-server")) == 4
    domain.contrary_since = utcnow()
    domain.verdict = Verdict.NOT_DELEGATED
    page = page_of(browser, domain)
    assert with_id(page, "your-records") is None
    assert len(attribute(page, "data-name-server")) == 4
