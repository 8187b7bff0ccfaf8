"""Problems that any request can run into."""

from __future__ import annotations

from webapp.api.codes.kind import Kind

_AGAIN = "Send the request again in a moment; the header Retry-After says after how many seconds."

CODES: dict[str, Kind] = {
    "key-missing": Kind(
        401,
        "No key was sent",
        "The request has no API key, or it stands in the wrong place.",
        "Send the header “Authorization: Bearer” with your key. A key in the address or in a cookie is not read.",
    ),
    "key-wrong": Kind(
        401,
        "The key is not valid",
        "There is no such key, it has expired, or it was revoked.",
        "Look at the keys of your account, and make a new one if this one is gone.",
    ),
    "scope-missing": Kind(
        403,
        "The key may not do this",
        "The key is valid, and its scopes do not cover this operation.",
        "Use a key with the scope that the answer names, or make one.",
    ),
    "platform-only": Kind(
        403,
        "Only keys of the platform may do this",
        "The operation belongs to the platform's staff, and the key belongs to an account.",
        "Use a key of the platform.",
    ),
    "account-needed": Kind(
        400,
        "The account is missing",
        "The key belongs to the platform, and the operation needs to know for which account it is.",
        "Send the header “Nameplate-Account” with the account's number, such as 1234-5678-9012.",
    ),
    "account-unknown": Kind(
        404,
        "There is no such account",
        "The header “Nameplate-Account” names no account that this key may act for.",
        "Send the number as it stands on the page of the account, such as 1234-5678-9012.",
    ),
    "not-found": Kind(
        404,
        "There is nothing here",
        "The address does not exist, or what has this id belongs to another account or was removed.",
        "Compare the address with the document of the API, and the id with the list of your own.",
    ),
    "method-not-allowed": Kind(
        405,
        "The address does not take this method",
        "The address exists and has no operation for this method.",
        "Use one of the methods that the header Allow lists.",
    ),
    "unreadable-request": Kind(
        400,
        "The request could not be read",
        "Something about the request itself is broken, such as its encoding.",
        "Compare the request with the document of the API.",
    ),
    "unreadable-body": Kind(
        400,
        "The body is not JSON",
        "The body could not be read as JSON.",
        "Send one JSON object in UTF-8. The answer says at which place reading it ended.",
    ),
    "wrong-content-type": Kind(
        415,
        "The body has the wrong type",
        "The operation does not read bodies of this content type.",
        "Send the header “Content-Type: application/json” with a JSON object.",
    ),
    "body-too-large": Kind(
        413,
        "The body is too large",
        "The body has more bytes than the operation reads.",
        "Send less at a time.",
    ),
    "invalid-request": Kind(
        422,
        "A value is not valid",
        "The request could be read, and one or more of its values are missing, unknown or out of bounds.",
        "Correct each of the errors: a pointer says where in the body, a parameter which one of the address.",
    ),
    "cursor-invalid": Kind(
        422,
        "The cursor is not valid",
        "The cursor was not given out by this list.",
        "Take the cursor from next_cursor or from the header Link, or begin without one.",
    ),
    "idempotency-key-invalid": Kind(
        400,
        "The Idempotency-Key is not valid",
        "The header has no character, more than 255, or characters that are not visible ASCII.",
        "Send a random text, such as a UUID, that is new for each thing that you want done.",
    ),
    "idempotency-in-progress": Kind(
        409,
        "The first request is still at work",
        "A request with the same Idempotency-Key has begun and has no answer yet.",
        _AGAIN,
    ),
    "idempotency-mismatch": Kind(
        409,
        "The Idempotency-Key was used for another request",
        "The same key came before with another body, address or account.",
        "Use a new Idempotency-Key for each thing that you want done.",
    ),
    "changed-meanwhile": Kind(
        412,
        "It was changed meanwhile",
        "The ETag in If-Match is not the present one: a person or a check changed it meanwhile. Nothing was done.",
        "Read it again, decide anew, and send the request with the new ETag.",
    ),
    "changed-at-once": Kind(
        409,
        "It was changed at the same moment",
        "Two requests changed the same thing at the same moment, and the other one was first. Nothing was done.",
        "Send the request again.",
    ),
    "too-many-requests": Kind(
        429,
        "Too many requests",
        "The key has sent more requests than are taken in a minute.",
        _AGAIN,
    ),
    "too-many-an-hour": Kind(
        429,
        "Too many in an hour",
        "The account has done this so often in an hour that it has to wait, with all its keys together.",
        _AGAIN,
    ),
    "too-many-wrong-keys": Kind(
        429,
        "Too many wrong keys",
        "So many wrong keys came from this network that they are not looked at for a while. Right ones still are.",
        "Correct the key.",
    ),
    "our-fault": Kind(
        500,
        "Something broke on our side",
        "The cause is on our side. What you sent was hardly carried out; reading tells for certain.",
        "Read what you wanted to change, and send it again. If it happens again, tell us the request id.",
    ),
    "database-away": Kind(
        503,
        "The database does not answer",
        "Our database does not answer at the moment. Whether a change was made, the next answer tells.",
        _AGAIN,
    ),
    "busy": Kind(
        503, "We are busy for a moment", "So many requests are at work that this one had no place.", _AGAIN
    ),
}
