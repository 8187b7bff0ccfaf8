"""What the sandbox's edge asks Nameplate, as the proxies of a platform do (docs/edge.md)."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

#: A visitor waits meanwhile. Nameplate itself answers 503 after two seconds.
SECONDS = 4.0
_MOST_BYTES = 1 << 20


class AwayError(Exception):
    """Nameplate said neither yes nor no. The message is a sentence for the visitor."""


@dataclass(frozen=True)
class Route:
    account: str
    label: str
    default_host: str


@dataclass(frozen=True)
class Passed:
    """An answer that is handed on as it is."""

    status: int
    content_type: str
    body: bytes


class Nameplate:
    """The edge service, or the dashboard's port, which answers the same."""

    def __init__(self, host: str, port: int, token: str = "") -> None:
        self._host, self._port = host, port
        self._authorization = {"Authorization": f"Bearer {token}"} if token else {}

    def may_serve(self, name: str) -> bool:
        """Whether the name may have a certificate. Raises `AwayError`."""
        return self._ask("/edge/ask", name).status == http.HTTPStatus.OK

    def route(self, name: str) -> Route | None:
        """None: the name is not verified, or no LLM client is deployed behind it. Raises `AwayError`."""
        answer = self._ask("/edge/route", name)
        if answer.status != http.HTTPStatus.OK:
            return None
        try:
            said = json.loads(answer.body)
            return Route(str(said["account"]), str(said["label"]), str(said["default_host"]))
        except (ValueError, KeyError, TypeError) as err:
            raise AwayError("Nameplate’s answer about the route cannot be read.") from err

    def hand_on(self, path: str, headers: Mapping[str, str]) -> Passed:
        """What Nameplate answers itself to a GET of `path`. Raises `AwayError`."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)
        try:
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            return Passed(
                answer.status, answer.getheader("Content-Type", "text/plain"), answer.read(_MOST_BYTES)
            )
        except (OSError, http.client.HTTPException, ValueError) as err:
            raise AwayError(
                f"Nameplate cannot be asked at {self._host}:{self._port}. Try again in a moment."
            ) from err
        finally:
            connection.close()

    def _ask(self, path: str, name: str) -> Passed:
        """A yes or a no. Whatever else is said, such as 401 or 503, is neither."""
        answer = self.hand_on(f"{path}?{urlencode({'domain': name})}", self._authorization)
        if answer.status not in {200, 400, 404}:
            raise AwayError(f"Nameplate answered with status {answer.status}. Try again in a moment.")
        return answer
