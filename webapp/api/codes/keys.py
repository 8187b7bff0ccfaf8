"""Problems with keys and accounts."""

from __future__ import annotations

from webapp.api.codes.kind import Kind

CODES: dict[str, Kind] = {
    "no-scopes": Kind(
        422, "The key may do nothing", "A key without scopes is of no use.", "Name at least one scope."
    ),
    "unknown-scope": Kind(
        422,
        "There is no such scope",
        "One of the scopes is none of this release.",
        "Take scopes from the list in the document of the API.",
    ),
    "not-for-test-keys": Kind(
        422,
        "A test key cannot have this scope",
        "Test keys reach few resources: those that show them test names alone.",
        "Leave the scope out, or make a live key.",
    ),
    "bad-expiry": Kind(
        422,
        "The key cannot expire then",
        "The time is over, or more than ten years away.",
        "Choose a time to come within ten years, or null.",
    ),
    "too-many-keys": Kind(
        409,
        "There are too many keys",
        "The account, or the platform, has as many valid keys as it may have.",
        "Revoke keys that nothing uses.",
    ),
    "beyond-own-scopes": Kind(
        403,
        "The new key may do more than the one that asks",
        "A key gives no other key rights that it has not got itself.",
        "Ask for less, or make the key on the page of the account.",
    ),
    "beyond-own-life": Kind(
        403,
        "The new key would outlive the one that asks",
        "A key makes no other key that is valid for longer than itself.",
        "Choose an earlier end, or make the key on the page of the account.",
    ),
    "not-a-test-name": Kind(
        403,
        "A test key reaches test names alone",
        "The key is for tests, and the name is not below a domain that is reserved for tests (RFC 6761).",
        "Use a name below .test or .example, or a live key.",
    ),
    "not-a-test-client": Kind(
        403,
        "A test key changes test LLM clients alone",
        "The key is for tests, and the LLM client was made on a page or by a live key. Visitors may reach it.",
        "Make an LLM client with this key, or use a live key.",
    ),
    "account-deleted": Kind(
        409,
        "The account is being deleted",
        "Nothing can be added to an account that is being deleted.",
        "Use another account.",
    ),
    "invalid-email": Kind(
        422,
        "That is no e-mail address",
        "The text is not an address to which we could send an invitation.",
        "Send an address like name@example.com.",
    ),
    "mail-refused": Kind(
        409,
        "No invitation goes to this mailbox",
        "Its owner wants no invitations, or it was sent too many today. Nothing was made.",
        "Make the account without an owner, or ask the person in another way.",
    ),
}
