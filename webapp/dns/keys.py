"""Comparing a zone's keys with the DS records of its parent: the only DNSSEC computation that we do ourselves."""

from __future__ import annotations

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype


def any_key_fits(zone: str, ds_records: tuple[str, ...], dnskeys: tuple[str, ...]) -> bool:
    """True when one of the DS records is the digest of one of the keys (RFC 4034, 5.1.4).

    Both are in zone-file presentation, as strangers' servers sent them. Digests of unknown algorithms and records
    that make no sense fit nothing.
    """
    owner = dns.name.from_text(zone)
    parents = {rdata for text in ds_records if (rdata := _read("DS", text))}
    keys = {rdata for text in dnskeys if (rdata := _read("DNSKEY", text))}
    return any(_digest(owner, key, ds) == ds for key in keys for ds in parents)


def _read(rdtype: str, text: str) -> dns.rdata.Rdata | None:
    """None for what has no written form that can be read again, such as an empty digest."""
    try:
        return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), text)
    except (dns.exception.DNSException, ValueError):
        return None


def _digest(owner: dns.name.Name, key: dns.rdata.Rdata, ds: dns.rdata.Rdata) -> dns.rdata.Rdata | None:
    try:
        # `validating` allows SHA-1: new DS records must not use it, but old ones still do (RFC 8624, 3.3).
        return dns.dnssec.make_ds(owner, key, ds.digest_type, validating=True)  # type: ignore[attr-defined]
    except (dns.exception.DNSException, ValueError):
        return None
