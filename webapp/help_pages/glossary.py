"""The words of DNS that our pages use, for somebody who has never heard them, in the order in which they are met."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.help_pages import words_of_names, words_of_records
from webapp.help_pages.term import Term

_ORDER = [
    "domain",
    "registrar",
    "dns",
    "dns-provider",
    "name-server",
    "record",
    "record-name",
    "ns-record",
    "zone",
    "parent-zone",
    "delegation",
    "apex",
    "txt-record",
    "cname-record",
    "address-record",
    "mx-record",
    "ttl",
    "resolver",
    "dnssec",
    "ds-record",
    "a-label",
    "certificate",
    "caa-record",
    "edge",
    "llm-client",
    "dig",
]

GLOSSARY: Mapping[str, Term] = {one.id: one for one in (*words_of_names.TERMS, *words_of_records.TERMS)}
TERMS = tuple(GLOSSARY[id_] for id_ in _ORDER)
