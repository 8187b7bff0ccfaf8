"""Asks the API: that of this installation in process, or another's over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx2

PREFIX = "/api/v1"
_SECONDS = 30.0
#: Of a text that should have been an answer of the API.
_SHOWN = 200

Wsgi: TypeAlias = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True)
class Caller:
    """Whose request it is, as the API is told: `authorization` is the whole header, `account` the account that a key
    of the platform acts for. `address` and `forwarded_for` are those of the request to us, by which the API counts
    wrong keys.
    """

    authorization: str
    account: str | None = None
    address: str = "127.0.0.1"
    forwarded_for: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Authorization": self.authorization}
        if self.account:
            headers["Nameplate-Account"] = self.account
        if self.forwarded_for:
            headers["X-Forwarded-For"] = self.forwarded_for
        return headers


class ApiError(Exception):
    """The API refused, or could not be asked. `code` is that of its problem, None where there was no answer of it."""

    def __init__(
        self, detail: str, code: str | None = None, problem: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail, self.code, self.problem = detail, code, dict(problem or {})


class ApiClient:
    """`url`: where the installation is, without a path. With `app` it is asked in this process, and `url` is only
    what its requests carry as their host. Threads may share one.
    """

    def __init__(self, url: str, app: Wsgi | None = None) -> None:
        self._url, self._app = url.rstrip("/"), app
        self._remote = None if app else httpx2.Client(base_url=self._url, timeout=_SECONDS)

    def get(self, caller: Caller, path: str, **query: object) -> dict[str, Any]:
        """Raises `ApiError`."""
        asked = {key: str(value) for key, value in query.items() if value is not None}
        return self._ask(caller, "GET", path, asked, None)[0]

    def post(
        self, caller: Caller, path: str, body: Mapping[str, object] | None = None
    ) -> tuple[dict[str, Any], int]:
        """The answer and its status. Raises `ApiError`."""
        return self._ask(caller, "POST", path, {}, {} if body is None else body)

    def status(self, caller: Caller, path: str) -> int:
        """Raises `ApiError` when nobody answers."""
        return self._send(caller, "GET", path, {}, None).status_code

    def _ask(
        self,
        caller: Caller,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, object] | None,
    ) -> tuple[dict[str, Any], int]:
        answer = self._send(caller, method, path, query, body)
        try:
            document = answer.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            said = " ".join(answer.text.split())[:_SHOWN]
            raise ApiError(f"The answer {answer.status_code} is not one of the API: {said!r}")
        if answer.is_success:
            return document, answer.status_code
        problem = {**document, "retry_after_seconds": answer.headers.get("Retry-After")}
        detail = str(
            document.get("detail") or document.get("title") or f"The API answered {answer.status_code}."
        )
        raise ApiError(detail, document.get("code"), problem)

    def _send(
        self,
        caller: Caller,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, object] | None,
    ) -> httpx2.Response:
        def send(client: httpx2.Client) -> httpx2.Response:
            return client.request(
                method, f"{PREFIX}{path}", params=query, json=body, headers={**_OURS, **caller.headers}
            )

        if self._remote is not None:
            try:
                return send(self._remote)
            except httpx2.HTTPError as err:
                raise ApiError(f"{self._url} could not be asked: {err}") from err
        # In a context of its own, or the request would share the application context of the command, and with it a
        # database session that nobody ends.
        return Context().run(self._in_process, send, caller.address)

    def _in_process(self, send: Callable[[httpx2.Client], httpx2.Response], address: str) -> httpx2.Response:
        assert self._app is not None  # noqa: S101 - else there is a remote
        transport = httpx2.WSGITransport(self._app, remote_addr=address)
        with httpx2.Client(base_url=self._url, transport=transport, trust_env=False) as client:
            return send(client)


_OURS = {"User-Agent": "nameplate-mcp", "Accept": "application/json"}
