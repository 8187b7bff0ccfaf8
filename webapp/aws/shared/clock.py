"""The time at AWS, which refuses signatures that are minutes away from it."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session

ROUTE53 = "https://route53.amazonaws.com/"


def time_at_aws(endpoint_url: str | None, seconds: int = 5) -> datetime | None:
    """The Date header of the answer to an unsigned request, in whole seconds; None without such an answer."""
    request = AWSRequest(method="HEAD", url=endpoint_url or ROUTE53).prepare()
    try:
        answer = URLLib3Session(timeout=seconds).send(request)
    except BotoCoreError:
        return None
    date = answer.headers.get("Date")
    try:
        return parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
