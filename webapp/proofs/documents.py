"""Domains as documents, with the records that their people publish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from webapp.domains.listing import domain_document
from webapp.models import LLMClientCustomDomain
from webapp.proofs.registry import to_publish


def domain_documents(domains: Sequence[LLMClientCustomDomain]) -> Iterator[dict[str, Any]]:
    """Scripts rely on the keys: keys may be added, and never renamed or removed. Few queries for all."""
    published = to_publish(domains)
    for domain in domains:
        yield domain_document(domain) | {"records": _records(domain, published.get(domain.id, ()))}


def _records(domain: LLMClientCustomDomain, published: Sequence[str]) -> list[dict[str, Any]]:
    """A delegation is one record set of several values; records of the owner's zone are told one by one."""
    parts = [record.split(" ", 2) for record in published]
    if not domain.method.has_zone:
        return [{"type": type_, "name": name, "value": value} for name, type_, value in parts]
    sets = {
        (name, type_): [value for *key, value in parts if key == [name, type_]] for name, type_, _ in parts
    }
    return [{"type": type_, "name": name, "values": values} for (name, type_), values in sets.items()]
