"""Problems with webhooks."""

from __future__ import annotations

from webapp.api.codes.kind import Kind

_URL = "Send a URL such as https://hooks.acme.com/nameplate."

CODES: dict[str, Kind] = {
    "url-missing": Kind(
        422, "The URL is missing", "An endpoint needs a URL that messages are sent to.", _URL
    ),
    "url-invalid": Kind(
        422,
        "That is no URL to send to",
        "The URL cannot be read, or names no host that can be sent to.",
        _URL,
    ),
    "url-credentials": Kind(
        422,
        "The URL has a user name",
        "The URL has a user name or a password, which are not sent.",
        "Leave both out. Messages are signed, so that your receiver knows that they are ours.",
    ),
    "url-not-secure": Kind(422, "The URL is not secure", "Messages are sent over TLS alone.", _URL),
    "url-not-public": Kind(
        422,
        "The address is not public",
        "The host is an address in a private or local network, which nothing is sent to.",
        "Send a URL that the Internet reaches.",
    ),
    "description-invalid": Kind(
        422,
        "The description is not valid",
        "The description is too long, or has characters that cannot be seen.",
        "Correct it as the answer says.",
    ),
    "types-missing": Kind(
        422, "No type is chosen", "An endpoint hears of one type of message at least.", "Choose one."
    ),
    "endpoint-off": Kind(
        409,
        "The endpoint is off",
        "Nothing is sent to an endpoint that is switched off.",
        "Switch it on: change its state to “on”.",
    ),
}
