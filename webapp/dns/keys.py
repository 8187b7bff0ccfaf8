"""Comparing a zone's keys with the DS records of its parent: the only DNSSEC computation that we do ourselves."""

from __future__ import annotations

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

#: The algorithms of keys and the digests that resolvers know, those that few of them know included (RFC 8624, 3.1 and
#: 3.3). RSAMD5 and DSA are none of them: no resolver may use them.
_ALGORITHMS = frozenset({5, 7, 8, 10, 12, 13, 14, 15, 16})
_DIGESTS = frozenset({1, 2, 3, 4})


def that_count(ds_records: tuple[str, ...]) -> tuple[str, ...]:
    """The DS records that resolvers go by. Where all are of algorithms or digests that a resolver does not know, it
    takes the zone for unsigned and accepts it (RFC 4035, 5.2; RFC 6840, 5.2). What cannot be read counts.
    """
    return tuple(text for text in ds_records if _counts(_read("DS", text)))


def _counts(ds: dns.rdata.Rdata | None) -> bool:
    return ds is None or (ds.algorithm in _ALGORITHMS and ds.digest_type in _DIGESTS)  # type: ignore[attr-defined]


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
