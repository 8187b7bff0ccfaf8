"""URLs of endpoints."""

from __future__ import annotations

import ipaddress

import pytest

from webapp.webhooks import targets
from webapp.webhooks.targets import Refusal, Target

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "header"),
    [
        ("https://hooks.acme.com", "hooks.acme.com", 443, "/", "hooks.acme.com"),
        (
            "https://Hooks.Acme.com:8443/in?a=1&b=%20",
            "hooks.acme.com",
            8443,
            "/in?a=1&b=%20",
            "hooks.acme.com:8443",
        ),
        ("https://45.76.10.1/in", "45.76.10.1", 443, "/in", "45.76.10.1"),
        ("https://[2606:4700::1]:9000/", "2606:4700::1", 9000, "/", "[2606:4700::1]:9000"),
    ],
)
def test_what_is_sent_to(url: str, host: str, port: int, path: str, header: str) -> None:
    found = targets.read(url, [])
    assert isinstance(found, Target)
    assert (found.secure, found.host, found.port, found.path) == (True, host, port, path)
    assert found.host_header == header


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "url-missing"),
        ("hooks.acme.com", "url-invalid"),
        ("ftp://hooks.acme.com/", "url-invalid"),
        ("https:///in", "url-invalid"),
        ("https://hooks.acme.com/a b", "url-invalid"),
        ("https://hooks.acme.com/\r\nX-Evil: 1", "url-invalid"),
        ("https://hooks.acme.com/#there", "url-invalid"),
        ("https://hooks.acme.com:0/", "url-invalid"),
        ("https://hooks.acme.com:99999/", "url-invalid"),
        ("https://localhost/", "url-invalid"),
        ("https://0x7f000001/", "url-invalid"),
        ("https://2130706433/", "url-invalid"),
        ("https://[::1", "url-invalid"),
        ("https://[2606:4700::1%25eth0]/", "url-invalid"),
        ("https://[2606:4700::1%25" + "a" * 60 + "]/", "url-invalid"),
        ("https://127.1/", "url-invalid"),
        ("https://bücher.de/", "url-invalid"),
        ("https://hooks.acme.com/" + "a" * 2000, "url-invalid"),
        ("https://user:pass@hooks.acme.com/", "url-credentials"),
        ("http://hooks.acme.com/", "url-not-secure"),
        ("https://127.0.0.1/", "url-not-public"),
        ("https://10.0.0.8/", "url-not-public"),
        ("https://169.254.169.254/latest/meta-data", "url-not-public"),
        ("https://[fe80::1]/", "url-not-public"),
        ("https://[::ffff:10.0.0.1]/", "url-not-public"),
        ("https://[64:ff9b::a9fe:a9fe]/", "url-not-public"),
    ],
)
def test_what_is_not_sent_to(url: str, code: str) -> None:
    found = targets.read(url, [])
    assert isinstance(found, Refusal)
    assert found.code == code
    assert found.sentence.endswith(".")


def test_without_tls_only_to_networks_that_are_allowed() -> None:
    inside, outside = (
        targets.read(url, LOOPBACK) for url in ("http://127.0.0.1:9000/", "http://hooks.acme.com/")
    )
    assert isinstance(inside, Target)
    assert isinstance(outside, Target), "its addresses decide"
    assert isinstance(targets.read("http://45.76.10.1/", LOOPBACK), Refusal)

    def asked(target: Target, address: str) -> bool:
        return targets.may_be_asked(target, ipaddress.ip_address(address), LOOPBACK, [])

    assert asked(outside, "127.0.0.1")
    assert not asked(outside, "45.76.10.1")
    secure = targets.read("https://hooks.acme.com/", LOOPBACK)
    assert isinstance(secure, Target)
    assert asked(secure, "45.76.10.1")
    assert not asked(secure, "10.0.0.1")


def test_networks_of_the_operator_are_refused() -> None:
    refused = [ipaddress.ip_network("45.76.10.0/24")]
    assert isinstance(targets.read("https://45.76.10.1/", [], refused), Refusal)
