"""Which address an LLM client has, and when."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories import make_account, make_domain, make_llm_client
from webapp.models import Account, DnsVerificationStatus, DomainState, ValidationError
from webapp.models.llm_client import host_label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Sales", "sales"),
        ("  Kunden-Dienst 24/7! ", "kunden-dienst-24-7"),
        ("Café Olé", "cafe-ole"),
        ("日本語", "client"),
        ("x" * 80, "x" * 63),
        ("a" * 62 + " b", "a" * 62),
    ],
)
def test_label_of_a_name(name: str, label: str) -> None:
    assert host_label(name) == label


def test_default_host_under_the_platform_domain(app: Flask) -> None:
    client = make_llm_client(make_account(number="1234-5678-9012"), "Sales")
    assert client.default_host == "sales.1234-5678-9012.api.platform.example"
    assert client.custom_host is None
    assert client.hostname == client.default_host
    assert client.url == "https://sales.1234-5678-9012.api.platform.example/"


def test_renaming_keeps_the_address(app: Flask, account: Account) -> None:
    client = make_llm_client(account, "Sales")
    client.name = "Marketing"
    assert client.default_host.startswith("sales.")


@pytest.mark.parametrize(
    ("state", "status", "custom"),
    [
        (DomainState.PENDING, DnsVerificationStatus.VERIFYING, False),
        (DomainState.VERIFIED, DnsVerificationStatus.VERIFIED, True),
        (DomainState.FAILING, DnsVerificationStatus.VERIFIED, True),
        (DomainState.LAPSED, DnsVerificationStatus.FAILED, False),
        (DomainState.EXPIRED, DnsVerificationStatus.FAILED, False),
    ],
)
def test_custom_host_only_while_verified(
    app: Flask, account: Account, state: DomainState, status: DnsVerificationStatus, custom: bool
) -> None:
    client = make_llm_client(account, custom_domain=make_domain(account, state=state))
    assert client.dns_verification_status is status
    assert client.hostname == ("chat.acme.test" if custom else client.default_host)
    assert client.custom_domain is not None
    assert client.custom_domain.llm_client is client


def test_no_domain_is_no_status(app: Flask, account: Account) -> None:
    assert make_llm_client(account).dns_verification_status is DnsVerificationStatus.NONE


def test_name_is_needed(app: Flask, account: Account) -> None:
    with pytest.raises(ValidationError):
        make_llm_client(account, "  ")
