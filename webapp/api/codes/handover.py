"""Problems with links for whoever manages a domain, and with transfers."""

from __future__ import annotations

from webapp.api.codes.kind import Kind

CODES: dict[str, Kind] = {
    "domain-gone": Kind(
        409,
        "The domain is on its way out",
        "The domain is being removed, its account is being deleted, or it has moved to another account.",
        "Ask for the domain again to see how it stands.",
    ),
    "too-many-links": Kind(
        409,
        "Too many links",
        "A domain has so many links at most at a time, and gets so many in 24 hours.",
        "Revoke one that is not needed any more, or wait, as the answer says.",
    ),
    "to-unreadable": Kind(
        422,
        "That names no account",
        "A domain is offered to an account number or to an e-mail address.",
        "Send a number like 1234-5678-9012, or the e-mail address of an owner.",
    ),
    "same-account": Kind(
        409,
        "The domain is in that account already",
        "The receiving account is the one that has the domain.",
        "Name another account.",
    ),
    "offered-already": Kind(
        409,
        "The domain is offered already",
        "A domain is offered to one account at a time.",
        "Withdraw the open offer first.",
    ),
    "too-many-offers": Kind(
        409,
        "Too many offers are open",
        "An account has so many open offers at most at a time.",
        "Withdraw some, or wait until they are decided.",
    ),
    "offer-over": Kind(
        409,
        "The offer is over",
        "It was accepted, refused or withdrawn, or its time is over.",
        "Ask for the transfer to see what became of it.",
    ),
    "already-yours": Kind(
        409,
        "The account has the name already",
        "The receiving account has registered the same name.",
        "Remove that registration first, then accept.",
    ),
    "llm-client-needed": Kind(
        422,
        "An LLM client is needed",
        "The domain is served, and its visitors must reach somebody after the transfer.",
        "Send the id of an LLM client of the receiving account that has no domain.",
    ),
    "llm-client-busy": Kind(
        409,
        "The LLM client has a domain",
        "It is reached at another domain, whose visitors would reach nobody.",
        "Choose an LLM client without a domain.",
    ),
    "llm-client-not-deployed": Kind(
        409,
        "The LLM client is not deployed",
        "Visitors of the domain would reach nobody.",
        "Deploy it first, or choose another one.",
    ),
}
