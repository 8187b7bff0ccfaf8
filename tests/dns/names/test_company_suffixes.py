"""Names below a company's suffix, where only the company can add records, and suffixes that do delegate."""

from __future__ import annotations

import pytest
from publicsuffixlist import PublicSuffixList

from webapp.dns import names
from webapp.dns.names import company_suffixes, reserved
from webapp.dns.names.host_name import HostName, NamePolicy, RefusalCode

POLICY = NamePolicy("platform.net")


@pytest.mark.parametrize(
    ("name", "owned"),
    [
        ("chat.acme.github.io", "github.io"),
        ("acme.github.io", "github.io"),
        ("github.io", "github.io"),
        ("chat.acme.vercel.app", "vercel.app"),
        ("d111111abcdef8.cloudfront.net", "cloudfront.net"),
        ("acme.azurewebsites.net", "azurewebsites.net"),
        ("acme.herokuapp.com", "herokuapp.com"),
        ("acme.netlify.app", "netlify.app"),
        ("chat.acme.pages.dev", "pages.dev"),
        ("acme.myshopify.com", "myshopify.com"),
        ("acme.azurefd.net", "azurefd.net"),
        ("acme.s3.amazonaws.com", "s3.amazonaws.com"),
        ("lb-1.eu-west-1.elb.amazonaws.com", "eu-west-1.elb.amazonaws.com"),
        ("something.amazonaws.com", "amazonaws.com"),
        ("acme.zendesk.com", "zendesk.com"),
        ("zendesk.com", "zendesk.com"),
        ("chat.acme.duckdns.org", "duckdns.org"),
        ("acme.awsapprunner.com", "awsapprunner.com"),
        ("acme.substack.com", "substack.com"),
        ("acme.godaddysites.com", "godaddysites.com"),
        ("ns-11.awsdns-01.com", "awsdns-01.com"),
        ("ns-1814.awsdns-04.co.uk", "awsdns-04.co.uk"),
    ],
)
def test_only_its_owner_can_add_records_there(name: str, owned: str) -> None:
    refusal = names.registration_refusal(HostName(name), POLICY)
    assert refusal is not None
    assert (refusal.code, refusal.reason) == (RefusalCode.PUBLIC_SUFFIX, "private-suffix")
    assert refusal.sentence.startswith(f"Only the owner of {owned} can add records there. ")
    assert refusal.suggestion is None


@pytest.mark.parametrize(
    "name",
    [
        *(
            "chat.acme.eu.org",
            "chat.acme.de.eu.org",
            "chat.acme.dedyn.io",
            "chat.acme.uk.com",
            "chat.acme.co.com",
        ),
        *(
            "chat.acme.pp.ua",
            "chat.acme.msk.ru",
            "chat.acme.lodz.pl",
            "chat.acme.service.gov.uk",
            "chat.acme.com.de",
        ),
        *(
            "chat.acme.cloudns.be",
            "chat.acme.us.kg",
            "chat.acme.penza.su",
            "chat.acme.notaires.fr",
            "chat.acme.co.uk",
        ),
    ],
)
def test_names_below_a_suffix_that_delegates_are_registered(name: str) -> None:
    assert names.registration_refusal(HostName(name), POLICY) is None


def test_owner_is_let_in_by_the_configuration() -> None:
    policy = NamePolicy("platform.net", extra_suffixes_allowed=frozenset({"github.io"}))
    assert names.registration_refusal(HostName("chat.acme.github.io"), policy) is None
    other = names.registration_refusal(HostName("chat.acme.gitlab.io"), policy)
    assert other is not None


def test_every_delegating_suffix_is_on_the_list() -> None:
    """One that the list drops is an ordinary domain again, and its line here says nothing any more."""
    rules = PublicSuffixList()
    for suffix in company_suffixes._DELEGATING_SUFFIXES:
        assert rules.is_public(suffix), suffix
        assert company_suffixes.delegates(suffix)


def test_companies_of_the_second_table_are_not_on_the_list() -> None:
    for domain in company_suffixes._COMPANY_DOMAINS:
        assert reserved.registrable(domain) == domain


def test_registries_delegate() -> None:
    assert company_suffixes.delegates("com")
    assert company_suffixes.delegates("co.uk")
    assert not company_suffixes.delegates("github.io")
