"""The edge service as a WSGI application (PEP 3333). What proxies ask all the time it answers by itself, without a
framework; all else goes to a small Flask application (`webapp.edge.flask_app`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from webapp.config.settings import Settings
from webapp.edge.lookup.lookups import Known, Lookups
from webapp.edge.lookup.statement import AwayError
from webapp.edge.proxies import answers
from webapp.edge.proxies.answers import Answer
from webapp.edge.served_names.served import from_row
from webapp.runtime.requests import askers
from webapp.telemetry.edge_answers import AnswerCounts

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

_READS = frozenset({"GET", "HEAD"})
#: By the parameter alone, as proxies ask.
_PARAMETER = "domain="
_PLAIN = re.compile(r"[a-z0-9._-]{1,253}")
#: How many kinds of askers are known at once, and how many characters the headers of each may have: a stranger writes
#: what he likes into them.
_MOST_ASKERS, _LONGEST_EVIDENCE = 1000, 500


class EdgeApplication:
    """`others`: answers what is asked here seldom."""

    def __init__(
        self, others: Wsgi, lookups: Lookups[Answer], chosen: Settings, counts: AnswerCounts
    ) -> None:
        self._others, self._lookups, self._chosen = others, lookups, chosen
        self._asked, self._routed = counts.of("ask"), counts.of("route")
        self._asker_may: dict[tuple[Any, ...], bool] = {}
        self._alive = answers.alive()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] not in _READS:
            return self._others(environ, start_response)
        if path == "/edge/ask":
            answer = self._ask(environ["QUERY_STRING"])
            self._asked(answer.status)
        elif path == "/edge/route":
            answer = self._route(environ)
            self._routed(answer.status)
        elif path == "/healthz":
            answer = self._alive
        else:
            return self._others(environ, start_response)
        start_response(answer.status, answer.headers)
        return [answer.body] if environ["REQUEST_METHOD"] == "GET" else []

    def _ask(self, query: str) -> Answer:
        found = self._find(query)
        if isinstance(found, Answer):
            return found
        name, known = found
        answer = known.ask
        if answer is None:
            answer = known.ask = answers.may_be_served(name, from_row(known.found) if known.found else None)
        return answer

    def _route(self, environ: dict[str, Any]) -> Answer:
        if not self._may_read(environ):
            return answers.not_for_strangers()
        found = self._find(environ["QUERY_STRING"])
        if isinstance(found, Answer):
            return found
        name, known = found
        answer = known.route
        if answer is None:
            served = from_row(known.found) if known.found else None
            answer = known.route = answers.where_it_leads(name, served, self._chosen.platform_domain)
        return answer

    def _find(self, query: str) -> tuple[str, Known[Answer]] | Answer:
        """The name and what is known of it; an answer where there is nothing to be known.

        Reading a name takes longer than asking for it, and names are stored in the form that reading gives. So what
        looks like that form is asked for as it is, and read only when it is not found.
        """
        text, known = query[len(_PARAMETER) :], None
        try:
            if query.startswith(_PARAMETER) and _PLAIN.fullmatch(text):
                known = self._lookups.look_up(text)
                if known.found is not None:
                    return text, known
            name = answers.asked_name(query)
            if isinstance(name, Answer):
                return name
            return name, known if known and name == text else self._lookups.look_up(name)
        except AwayError:
            name = answers.asked_name(query)
            return name if isinstance(name, Answer) else answers.database_away()

    def _may_read(self, environ: dict[str, Any]) -> bool:
        """As the blueprint decides. What an address may follows from `askers.EVIDENCE` alone, and is kept."""
        chosen = self._chosen
        evidence = tuple(map(environ.get, askers.EVIDENCE))
        may = self._asker_may.get(evidence)
        if may is None:
            may = askers.is_this_machine(environ, chosen) or askers.is_in(
                environ, chosen.edge_networks, chosen
            )
            if sum(map(len, filter(None, evidence))) <= _LONGEST_EVIDENCE:
                if len(self._asker_may) >= _MOST_ASKERS:
                    self._asker_may.clear()
                self._asker_may[evidence] = may
        return may or askers.sends_token(environ, chosen.edge_token)
