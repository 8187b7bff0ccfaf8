from __future__ import annotations

import pytest

from webapp.dns.keys import any_key_fits

# The example of RFC 4034, 5.4: dskey.example.com, with the SHA-256 digest of RFC 4509, 2.3.
ZONE = "dskey.example.com"
KEY = (
    "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMm"
    "mAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="
)
SHA1 = "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"
SHA256 = "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A"


def test_a_key_fits_its_digest() -> None:
    assert any_key_fits(ZONE, (SHA256,), (KEY,))
    assert any_key_fits(ZONE, (SHA1,), (KEY,))
    assert any_key_fits(ZONE, ("1 8 2 " + "00" * 32, SHA256.lower()), (KEY,))


def test_other_digests_zones_and_missing_keys_do_not_fit() -> None:
    assert not any_key_fits(ZONE, ("60485 5 2 " + "00" * 32,), (KEY,))
    assert not any_key_fits("other.example.com", (SHA256,), (KEY,))
    assert not any_key_fits(ZONE, (SHA256,), ())


def test_an_unknown_digest_fits_nothing() -> None:
    assert not any_key_fits(ZONE, ("60485 5 77 " + "00" * 32,), (KEY,))


@pytest.mark.parametrize("ds", ["1 8 77 ", "1 8 77", "", "x", "1 8 2 ABCD", "60485 5 2 ZZ", "\\# 1 00"])
def test_a_record_that_makes_no_sense_fits_nothing_and_hides_no_other(ds: str) -> None:
    assert not any_key_fits(ZONE, (ds,), (KEY,))
    assert any_key_fits(ZONE, (ds, SHA256), (KEY,))


@pytest.mark.parametrize("key", ["", "256 3 5", "256 3 5 ====", "x", "256 3 1 AA==", "0 0 0 AA=="])
def test_a_key_that_makes_no_sense_fits_nothing_and_hides_no_other(key: str) -> None:
    assert not any_key_fits(ZONE, (SHA256,), (key,))
    assert any_key_fits(ZONE, (SHA256,), (key, KEY))
