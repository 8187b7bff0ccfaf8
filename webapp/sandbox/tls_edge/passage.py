"""What becomes of a request that arrived over TLS: whom it is led to, as Nameplate says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from webapp.sandbox.assistant.visitor import Visitor, arriving
from webapp.sandbox.tls_edge.certificates import Served
from webapp.sandbox.tls_edge.questions import AwayError, Nameplate, Passed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

#: Where the server puts a `Served` into the environ of a request.
SERVED = "sandbox.served"
#: Below it, Nameplate proves that a visitor of the name reaches its edge. It answers itself.
PROOFS = "/.well-known/nameplate/"
#: What Nameplate shows for a name that leads to no LLM client.
NOBODY = "/edge/nobody"
_NOT_CONNECTED = "No LLM client is connected to this name.\n"


class Passage:
    """A WSGI application."""

    def __init__(self, nameplate: Nameplate, llm_client: WSGIApplication) -> None:
        self._nameplate, self._llm_client = nameplate, llm_client

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> WSGIApplication:
        served: Served = request.environ[SERVED]
        if _host(request) != served.name:
            return _line("This connection was opened for another host name.", 421)
        try:
            if request.path.startswith(PROOFS):
                return self._handed_on(request, request.full_path.removesuffix("?"))
            route = self._nameplate.route(served.name)
            if route is None:
                return self._nobody(request)
        except AwayError as away:
            return _line(str(away), 503, {"Retry-After": "5"})
        visitor = Visitor(
            served.name, route.account, route.label, route.default_host, served.issuer, served.not_after
        )
        return lambda environ, start: self._llm_client(arriving(environ, visitor), start)

    def _handed_on(self, request: Request, path: str) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return _line("This path is read with GET.", 405, {"Allow": "GET, HEAD"})
        return _as_it_is(self._nameplate.hand_on(path, _visitors_headers(request)))

    def _nobody(self, request: Request) -> Response:
        answer = self._nameplate.hand_on(NOBODY, _visitors_headers(request))
        return _as_it_is(answer) if answer.status == 404 else _line(_NOT_CONNECTED.strip(), 404)


def _host(request: Request) -> str:
    host, _, port = request.headers.get("Host", "").partition(":")
    return host.lower().removesuffix(".") if port.isdigit() or not port else ""


def _visitors_headers(request: Request) -> dict[str, str]:
    """Those that Nameplate's answer depends on. No other header of a stranger reaches it."""
    return {"Host": request.headers["Host"], "Accept": request.headers.get("Accept", "*/*")}


def _as_it_is(answer: Passed) -> Response:
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def _line(sentence: str, status: int, headers: dict[str, str] | None = None) -> Response:
    response = Response(f"{sentence}\n", status, mimetype="text/plain", headers=headers)
    response.headers["Cache-Control"] = "no-store"
    return response
