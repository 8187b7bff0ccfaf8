"""Errors of AWS and botocore, translated once: the class says what to do next, the text what AWS said."""

# ruff: noqa: N818 - the names say what to do next, and are read as such: `except RetryLater`
from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoAuthTokenError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as BotoConnectionError
from botocore.parsers import ResponseParserError


class AwsError(Exception):
    """AWS said something we have no class for. `str()` is stable and holds no secret: it may be stored.

    `code` is AWS’s own word (or ours, where AWS was not asked); `request_id` is for AWS support.
    """

    def __init__(self, message: str, *, code: str = "", request_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.request_id = request_id


class RetryLater(AwsError):
    """It may work later, unchanged. `outcome_unknown`: the request may have been carried out all the same."""

    outcome_unknown = False


class InputRefused(AwsError):
    """AWS will never accept this input; repeating it only burns the account’s budget."""


class CapacityReached(AwsError):
    """A limit of the account or of Route 53 is reached. Staff must act; then the same request works."""


class AccessTrouble(AwsError):
    """Credentials, permissions or the clock are wrong. Staff must act; every other call would fail, too."""


class Gone(AwsError):
    """The zone or the change does not exist (any more)."""


class NotOurs(AwsError):
    """The zone does not carry our id, name and tags, so it is not touched."""


class StillInUse(RetryLater):
    """The certificate is attached to something at AWS and has to be detached from it first."""


class UnexpectedDelegationSet(AwsError):
    """A new zone has not exactly four name servers of its own, so they cannot prove to whom they were shown."""


# Codes as in the references of the Route 53 and ACM APIs and in “Common errors”. They are compared as strings
# because botocore has an exception class for only some of them (a throttled call of Route 53 raises a plain
# ClientError “Throttling”).
_CODES: dict[type[AwsError], tuple[str, ...]] = {
    RetryLater: (
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "SlowDown",
        "PriorRequestNotComplete",
        "RequestTimeout",
        "RequestTimeoutException",
        # The causes of these two pass: a list that lags behind, a record added while the zone was emptied.
        "HostedZoneAlreadyExists",
        "HostedZoneNotEmpty",
        # ACM: something else is being done to the certificate at this moment.
        "ConflictException",
        "RequestInProgressException",
    ),
    StillInUse: ("ResourceInUseException",),
    InputRefused: (
        "InvalidDomainName",
        "InvalidInput",
        "InvalidChangeBatch",
        "InvalidArgument",
        "ValidationError",
        "ValidationException",
        "InvalidArgsException",
        "InvalidArnException",
        "InvalidDomainValidationOptionsException",
        "InvalidParameterException",
        "InvalidTagException",
        "TagPolicyException",
        "TooManyTagsException",
    ),
    CapacityReached: (
        "TooManyHostedZones",
        "LimitsExceeded",
        "LimitExceededException",
        # These two: Route 53 has no name servers left that serve no zone of the same or a related name.
        "DelegationSetNotAvailable",
        "ConflictingDomainExists",
    ),
    AccessTrouble: (
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ),
    Gone: ("NoSuchHostedZone", "NoSuchChange", "ResourceNotFoundException"),
}
_CLASS_OF_CODE = {code: kind for kind, codes in _CODES.items() for code in codes}

_NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    NoAuthTokenError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

_REQUEST_ID = re.compile(
    r"[\s(\[;,]*\brequest[\s-]*id\b[\s:=]*[\w-]+[)\]]?"
    r"|[\s(\[]*\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b[)\]]?",
    re.IGNORECASE,
)
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")
# A refused signature is answered with the canonical request, and that repeats the session token.
_CANONICAL_REQUEST = re.compile(r"\s*The Canonical String.*|\s*The String-to-Sign.*|\n.*", re.DOTALL)
_LONGEST_TEXT = 500


def stable_text(text: str) -> str:
    """The text without what differs between two equal faults (request ids) and without credentials."""
    text = _CANONICAL_REQUEST.sub("", text.strip())
    text = _ACCESS_KEY.sub("…", _REQUEST_ID.sub("", text))
    return text.strip()[:_LONGEST_TEXT]


def translate(fault: ClientError | BotoCoreError | ResponseParserError, operation: str) -> AwsError:
    """The `AwsError` for a fault that botocore raised while `operation` (“CreateHostedZone”) ran."""
    if isinstance(fault, ClientError):
        return _from_answer(fault, operation)
    text = f"{operation}: {stable_text(str(fault))}"
    code = type(fault).__name__
    if isinstance(fault, _NO_CREDENTIALS):
        return AccessTrouble(text, code=code)
    if isinstance(fault, ParamValidationError):
        return InputRefused(text, code=code)
    if isinstance(fault, (BotoConnectionError, HTTPClientError, ResponseParserError)):
        later = RetryLater(text, code=code)
        later.outcome_unknown = True
        return later
    return AwsError(text, code=code)


def _from_answer(fault: ClientError, operation: str) -> AwsError:
    meta = fault.response.get("ResponseMetadata", {})
    status = meta.get("HTTPStatusCode", 0)
    code, message = _code_and_message(fault)
    kind = _CLASS_OF_CODE.get(code) or _class_of_status(status)
    text = f"{operation}: {code}: {stable_text(message) or 'no reason given'}"
    translated = kind(text, code=code, request_id=meta.get("RequestId"))
    if isinstance(translated, RetryLater):
        translated.outcome_unknown = status >= 500
    return translated


def _code_and_message(fault: ClientError) -> tuple[str, str]:
    """Route 53 may answer with a document <InvalidChangeBatch>, which every other AWS SDK treats apart.

    botocore reads it as an error without a code, and its messages only if there is no more than one.
    """
    response: dict[str, Any] = {**fault.response}
    if "Messages" in response and not response["Error"].get("Code"):
        message = response["Messages"].get("Message")
        return "InvalidChangeBatch", message if isinstance(message, str) else ""
    error = response.get("Error", {})
    return error.get("Code", ""), error.get("Message", "")


def _class_of_status(status: int) -> type[AwsError]:
    if status >= 500 or status == 429:
        return RetryLater
    return AccessTrouble if status in (401, 403) else AwsError
