"""Problems with domains and what is done with them."""

from __future__ import annotations

from webapp.api.codes.kind import Kind

_STAFF = "Contact the platform."

CODES: dict[str, Kind] = {
    "invalid-name": Kind(
        422,
        "That is no host name",
        "The name breaks a rule of host names.",
        "Correct the name as the answer says.",
    ),
    "reserved-name": Kind(
        422,
        "The name is reserved",
        "Names with this ending are reserved, so that nobody can prove that one is theirs.",
        "Use a name below a domain of your own.",
    ),
    "unknown-suffix": Kind(
        422,
        "There is no such ending",
        "No top-level domain has this name.",
        "Look for a mistake in the ending.",
    ),
    "public-suffix": Kind(
        422,
        "The name is a public suffix",
        "Below this name everybody can register names, so that it belongs to nobody alone.",
        "Use the name that you registered, or one below it.",
    ),
    "whole-domain": Kind(
        422,
        "A whole domain cannot be delegated",
        "The method delegates a name below a domain, and this is the domain itself.",
        "Use a name below it, or the method “records”.",
    ),
    "platform-name": Kind(
        422,
        "The name is the platform's own",
        "The platform serves this name itself.",
        "Use a name of your own.",
    ),
    "name-in-use": Kind(
        409,
        "The name cannot be used",
        "Another name that is in use stands in the way of this one.",
        "Read the sentence of the answer: it says what can be done.",
    ),
    "lookalike": Kind(422, "The name looks like another", "It could be taken for another name.", _STAFF),
    "too-many": Kind(
        409,
        "A limit is reached",
        "The account, the name or all accounts together have reached a limit.",
        "Read the sentence of the answer: it says which limit, and what makes room.",
    ),
    "suspended": Kind(
        409,
        "The domain is suspended",
        "Staff of the platform have suspended the name, so that nothing about it can be changed. It can be removed.",
        _STAFF,
    ),
    "not-accepted": Kind(409, "The name is not accepted", "The platform does not take this name.", _STAFF),
    "method-not-offered": Kind(
        422,
        "The method is not offered here",
        "This installation does not prove names by the method that was chosen.",
        "Choose another method, or leave it out.",
    ),
    "too-soon": Kind(
        429,
        "Too soon after the last time",
        "The same was asked for a moment ago, and DNS is asked only so often for one domain.",
        "Send the request again after the seconds of the header Retry-After.",
    ),
    "not-ready": Kind(
        409,
        "There is nothing to do now",
        "The domain is not in a state in which this can be done.",
        "Read the sentence of the answer: it says what has to come first.",
    ),
    "not-restorable": Kind(
        409,
        "The removal cannot be taken back",
        "The domain is not being removed, it is too late, or it was taken back too often.",
        "Read the sentence of the answer; the name can be registered again.",
    ),
    "not-changed": Kind(
        409,
        "The change was refused",
        "The domain is not in a state in which this can be changed.",
        "Read the sentence of the answer: it says why.",
    ),
    "llm-client-unknown": Kind(
        422,
        "There is no such LLM client",
        "The account of the domain has no LLM client with this id.",
        "Take an id from the list of LLM clients.",
    ),
    "llm-client-serves": Kind(
        409,
        "A domain leads to the LLM client",
        "Visitors of the domain would reach nobody, so the LLM client is not deleted.",
        "Give the domain another LLM client, or none, and then delete it.",
    ),
    "domain-unknown": Kind(
        422,
        "There is no such domain",
        "The account of the LLM client has no domain with this id.",
        "Take an id from the list of domains.",
    ),
    "llm-client-refused": Kind(
        409,
        "The LLM client cannot be created",
        "The account has reached its limit, or the same name was taken at the same moment.",
        "Read the sentence of the answer.",
    ),
}
