from __future__ import annotations

import pytest

from webapp.dns.records_method.rules.proxies import are_cloudflares


@pytest.mark.parametrize(
    ("addresses", "so"),
    [
        (("104.16.0.1", "172.67.3.4"), True),
        (("2606:4700:3030::6815:1",), True),
        (("104.16.0.1", "192.0.2.1"), False),
        (("1.1.1.1",), False),
        ((), False),
    ],
)
def test_all_addresses_have_to_be_of_its_proxies(addresses: tuple[str, ...], so: bool) -> None:
    assert are_cloudflares(addresses) is so
