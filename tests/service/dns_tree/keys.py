"""One key that signs every signed zone of the tree."""

from __future__ import annotations

from pathlib import Path

import dns.dnssec
import dns.name
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm

ZONE_KEY_AND_SECURE_ENTRY_POINT = 257


class SigningKey:
    """An ECDSA P-256 key, made anew for every run."""

    def __init__(self, folder: Path) -> None:
        private = ec.generate_private_key(ec.SECP256R1())
        self.dnskey = dns.dnssec.make_dnskey(
            private.public_key(), Algorithm.ECDSAP256SHA256, flags=ZONE_KEY_AND_SECURE_ENTRY_POINT
        )
        self.pem = folder / "key.pem"
        self.pem.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )

    def ds(self, zone: str) -> str:
        """The DS record of a zone that this key signs."""
        return dns.dnssec.make_ds(dns.name.from_text(zone), self.dnskey, "SHA256").to_text()
