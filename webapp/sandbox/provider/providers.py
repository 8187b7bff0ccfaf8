"""The two DNS providers of the sandbox, and what tells them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.sandbox.shared.environment import PROVIDER_SERVERS, SITES_SERVERS


@dataclass(frozen=True)
class Provider:
    """One provider. `longest_text`: how many bytes a TXT record can have there."""

    code: str
    title: str
    tagline: str
    servers: Mapping[str, str]
    takes_ns: bool
    longest_text: int


REGISTRAR = Provider(
    "registrar",
    "Sandbox Registrar",
    "Domains and DNS since this morning",
    PROVIDER_SERVERS,
    takes_ns=True,
    longest_text=2048,
)
SITES = Provider(
    "sites",
    "Sandbox Sites",
    "Your web site, without knowing how",
    SITES_SERVERS,
    takes_ns=False,
    longest_text=255,
)
PROVIDERS = {one.code: one for one in (REGISTRAR, SITES)}


def provider_of_group(group: int) -> Provider:
    """Whose the listeners of this group are: each provider has two."""
    return SITES if group >= len(PROVIDER_SERVERS) else REGISTRAR
