"""Answers of AWS, word for word, without AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


XMLNS = "https://route53.amazonaws.com/doc/2013-04-01/"


class Body:
    def __init__(self, text: str) -> None:
        self.text = text

    def stream(self, **_: object) -> list[bytes]:
        return [self.text.encode()]


def response(status: int, body: str) -> AWSResponse:
    return AWSResponse("https://route53", status, HTTPHeaders(), Body(body))


def error(code: str, status: int = 400, message: str = "because") -> AWSResponse:
    return response(
        status,
        f'<ErrorResponse xmlns="{XMLNS}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>req-1</RequestId></ErrorResponse>",
    )


IN_SYNC = response(
    200,
    f'<GetChangeResponse xmlns="{XMLNS}"><ChangeInfo><Id>/change/C1</Id><Status>INSYNC</Status>'
    "<SubmittedAt>2026-11-23T00:00:00Z</SubmittedAt></ChangeInfo></GetChangeResponse>",
)


def answering(client: Route53Client, *answers: AWSResponse | Exception) -> list[str]:
    seen: list[str] = []

    def send(event_name: str, **_: Any) -> AWSResponse:
        seen.append(event_name.rpartition(".")[2])
        given = answers[min(len(seen), len(answers)) - 1]
        if isinstance(given, Exception):
            raise given
        return given

    events: Any = client.meta.events
    events.register("before-send.route-53", send)
    return seen
