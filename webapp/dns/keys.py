"""Does a key of a zone fit a DS record of its parent? The only DNSSEC arithmetic that we do ourselves."""

from __future__ import annotations

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype


def any_key_fits(zone: str, ds_records: tuple[str, ...], dnskeys: tuple[str, ...]) -> bool:
    """True when one of the DS records is the digest of one of the keys (RFC 4034, 5.1.4).

    Both are in zone-file presentation. Digests of unknown algorithms fit nothing.
    """
    owner = dns.name.from_text(zone)
    parents = {_canonical("DS", text) for text in ds_records}
    return any(_digest(owner, key, text.split()[2]) in parents for key in dnskeys for text in ds_records)


def _canonical(rdtype: str, text: str) -> str:
    return str(dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), text).to_text())


def _digest(owner: dns.name.Name, key: str, algorithm: str) -> str | None:
    dnskey = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.DNSKEY, key)
    try:
        # `validating` allows SHA-1, which no longer may be made but is still met.
        return str(dns.dnssec.make_ds(owner, dnskey, int(algorithm), validating=True).to_text())  # type: ignore[arg-type]
    except dns.exception.DNSException:
        return None
