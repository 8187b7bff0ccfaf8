"""The answers to `/edge/ask` and `/edge/route`, without a framework: dashboard and edge service give the same."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl

from webapp.dns import names
from webapp.edge.served_names.served import Served

#: Longer names are refused. A host name has at most 253 characters, but proxies ask for any name in a handshake.
LONGEST_QUESTION = 255
_TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """`status`: as `200 OK`. `headers`: all of them, as WSGI takes them."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def line(sentence: str, status: str, *headers: tuple[str, str]) -> Answer:
    return _answer(status, f"{sentence}\n".encode(), _TEXT, headers)


def asked_name(query: str) -> str | Answer:
    """The A-label name in `domain`, whatever its case and final dot; the answer 400 where there is none.

    `query`: the query string, as WSGI has it.
    """
    pairs = parse_qsl(_text(query), keep_blank_values=True, errors="replace")
    given = [value for key, value in pairs if key == "domain"]
    if len(given) != 1:
        return line("Ask for one name, as in /edge/ask?domain=chat.example.com.", "400 BAD REQUEST")
    if len(given[0]) > LONGEST_QUESTION:
        sentence = f"A host name has at most 253 characters, and this has {len(given[0])}."
        return line(sentence, "400 BAD REQUEST")
    parsed = names.parse(given[0], urls=False, underscores=True)
    if parsed.name is None:
        sentence = parsed.refusal.sentence if parsed.refusal else "This is not a host name."
        return line(sentence, "400 BAD REQUEST")
    return parsed.name.ascii


def may_be_served(name: str, found: Served | None) -> Answer:
    """200 when the name may be served and get a certificate, 404 when not."""
    if found is None:
        return line(f"{name} is not verified.", "404 NOT FOUND")
    return line(f"{name} is verified.", "200 OK")


def where_it_leads(name: str, found: Served | None, platform_domain: str) -> Answer:
    """200 with the deployed LLM client behind a name, 404 when there is none.

    The host is in a header as well, because a proxy that asks before each request reads it more easily.
    """
    if found is None or found.label is None:
        return line(f"{name} is not verified, or leads to no deployed LLM client.", "404 NOT FOUND")
    host = found.default_host(platform_domain)
    document = {"account": found.account, "default_host": host, "domain": name, "label": found.label}
    body = json.dumps(document, separators=(",", ":")).encode() + b"\n"
    return _answer("200 OK", body, "application/json", [("Nameplate-Default-Host", host)])


def not_for_strangers() -> Answer:
    sentence = (
        "This is for EDGE_NETWORKS and whoever sends EDGE_TOKEN as a bearer token; without a proxy before Nameplate, "
        "for this machine, too."
    )
    return line(sentence, "401 UNAUTHORIZED", ("WWW-Authenticate", "Bearer"))


def database_away() -> Answer:
    """Neither verified nor not verified, so that a proxy keeps what it has and asks again."""
    return line("The database did not answer. Ask again in a moment.", "503 SERVICE UNAVAILABLE")


def alive() -> Answer:
    return line("Nameplate is running.", "200 OK")


def _answer(status: str, body: bytes, kind: str, headers: Iterable[tuple[str, str]]) -> Answer:
    length = ("Content-Length", str(len(body)))
    return Answer(status, [("Content-Type", kind), length, *headers, ("Cache-Control", "no-store")], body)


def _text(query: str) -> str:
    """WSGI has every byte as a character (PEP 3333); a program may send a name in its own letters, as UTF-8."""
    return query.encode("latin-1", "replace").decode(errors="replace")
