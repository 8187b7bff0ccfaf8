"""Problems with lists of names."""

from __future__ import annotations

from webapp.api.codes.kind import Kind

CODES: dict[str, Kind] = {
    "list-refused": Kind(
        422,
        "The list cannot be read",
        "The text is no list of names: it is empty, too long, no CSV, or names no column for the domain.",
        "Read the detail, which names the line, and send the list again.",
    ),
    "too-many-imports": Kind(
        409,
        "There are too many lists",
        "The account sent as many lists within 24 hours as it may.",
        "Send fewer and longer lists.",
    ),
    "still-checking": Kind(
        409,
        "The lines are being checked",
        "A list can be registered once each of its lines has a verdict.",
        "Ask for the import until its state is checked.",
    ),
    "nothing-to-register": Kind(
        409,
        "No line can be registered",
        "Each line of the list is refused, or the account has the name already.",
        "Ask for the lines: each says why.",
    ),
    "already-begun": Kind(
        409,
        "The import runs already",
        "A worker registers its names.",
        "Ask for the import until it is done.",
    ),
    "already-ended": Kind(
        409,
        "The import has ended",
        "It is done, or was cancelled, and cannot run again.",
        "Send the list once more for the names that are left.",
    ),
}
