"""The sentences about the token."""

from __future__ import annotations

from webapp.dns import name_arithmetic
from webapp.dns.judgement.finding import (
    DOMAIN_MISSING,
    GONE,
    PARKED,
    WILDCARD,
    WRONG_TYPE,
    Finding,
    Slip,
)
from webapp.dns.judgement.phrases import few, letters, listed, listed_in
from webapp.dns.judgement.subject import CHECK_AGAIN, Words
from webapp.dns.name_arithmetic import as_typed
from webapp.dns.names import reserved
from webapp.dns.records_method.words.reasons import (
    ALIAS_THERE,
    CAPITALS,
    CUT_OFF,
    LABEL_DELEGATED,
    MORE_AROUND,
    OTHER_CLAIM,
    TARGET_THERE,
    WILDCARD_ENDS,
)
from webapp.dns.records_method.words.subject import RecordsSubject, first


def missing(about: RecordsSubject, finding: Finding) -> Words:
    params, reason = finding.params, finding.reason
    if reason == DOMAIN_MISSING:
        return _domain_missing(about, finding)
    if reason in {WRONG_TYPE, ALIAS_THERE}:
        # Stored reports of earlier releases have these reasons under this verdict.
        return _alias_there(about, finding)
    if reason == GONE:
        return Words(
            f"In {about.zone}, put our TXT record named {about.label} back. It was there before, and is gone.",
            first(about.add_token),
        )
    if reason == WILDCARD_ENDS:
        return _wildcard_ends(about, as_typed(about.quoted(params["at"])))
    if params.get("pointing"):
        why, later = f"{about.shown} leads to us already, but nothing proves whose it is.", ""
    else:
        why = f"It proves that {about.shown} is yours, and changes nothing for its visitors."
        later = f" {about.our_record[:1].upper()}{about.our_record[1:]} can wait until you switch."
    return Words(
        f"In {about.zone}, add our TXT record named {about.label}. {why}", f"{first(about.add_token)}{later}"
    )


def _alias_there(about: RecordsSubject, finding: Finding) -> Words:
    step = first(f"delete the CNAME record named {about.label} and {about.add_token}")
    if finding.reason == WRONG_TYPE:
        return Words(f"In {about.zone}, {about.label} needs a record of type TXT, not CNAME.", step)
    return Words(
        f"In {about.zone}, replace the CNAME record named {about.label} by our TXT record. It leads to "
        f"{letters(finding.params['target'])}, and no other record can stand beside a CNAME record.",
        step,
    )


def _wildcard_ends(about: RecordsSubject, wildcard: str) -> Words:
    """A name with anything below it is there, so that no wildcard answers for it any more (RFC 4592, 2.2.2)."""
    return Words(
        f"In {about.zone}, first give {about.name} records of its own, then add our TXT record. "
        f"{about.shown} has what the wildcard {wildcard} gives it, and would lose that as soon as {about.label} "
        "is there.",
        f"Add the records that {wildcard} has with the name {about.name} as well, so that nothing breaks. "
        f"{first(f'then {about.add_token}')}",
    )


def _domain_missing(about: RecordsSubject, finding: Finding) -> Words:
    zone = about.parent_zone or about.host
    domain, name = letters(zone), about.quoted(about.label_name, zone)
    if finding.params.get(GONE):
        what = f"{domain} has no name servers any more: renew it at its registrar."
    else:
        what = f"{domain} has no name servers: register it, or connect it to a provider."
    return Words(
        what,
        f"Bring {domain} into DNS, then add a TXT record named {name} with the value {about.token} there. "
        f"{CHECK_AGAIN}",
    )


def misplaced(about: RecordsSubject, finding: Finding) -> Words:
    names = finding.params["at"]
    if finding.reason == WILDCARD or names[0].startswith("*."):
        wildcard = about.quoted(names[0])
        return Words(
            f"Name the TXT record {about.label}, not {wildcard}, in the zone {about.zone}. "
            "A wildcard would prove every name, and none in particular.",
            first(f"delete the TXT record named {wildcard} with our value and {about.add_token}"),
        )
    appended = name_arithmetic.join(about.label_name, about.asked_in or ".")
    why = f" Your provider appends {about.zone} to what you enter." if appended in names else ""
    places = [as_typed(letters(name)) for name in names]
    return Words(
        f"We found our TXT record at {few(places)}; name it {about.label} in {about.zone}.{why}",
        first(f"delete the TXT record with our value at {listed(places)} and {about.add_token}"),
    )


def expired(about: RecordsSubject, finding: Finding) -> Words:
    return Words(
        f"In {about.zone}, replace the value of the TXT record {about.label}: it is old. "
        f"It is that of an earlier registration of {about.shown}.",
        first(f"change the value of the TXT record named {about.label} to {about.token}"),
        _seen(finding),
    )


def mismatch(about: RecordsSubject, finding: Finding) -> Words:
    if finding.reason in {"", OTHER_CLAIM}:
        others = "of another registration" if finding.reason else "that is not ours"
        return Words(
            f"In {about.zone}, add our TXT record named {about.label} beside the other. "
            f"A TXT record is there with a value {others}.",
            f"{first(about.add_token)} Leave the other in place if somebody still needs it; both can stand.",
            _seen(finding),
        )
    return Words(
        f"In {about.zone}, correct the value of the TXT record {about.label}. {_WHY[finding.reason]}",
        first(f"change the value of the TXT record named {about.label} to {about.token}"),
        _seen(finding),
    )


_WHY = {
    MORE_AROUND: "The value is our token alone, with nothing before or after it.",
    CAPITALS: "Capitals and small letters are not the same in it.",
    CUT_OFF: "A part of our token is missing.",
    Slip.NEAR_MISS.value: "It differs from our token by a letter or two.",
    TARGET_THERE: "It has the target of the CNAME record in the place of our token.",
}


def _seen(finding: Finding) -> str:
    values = [f"“{value}”" for value in finding.params["seen"]]
    return f"It reads: {listed(values, finding.params.get('seen_more', 0))}."


def in_the_way(about: RecordsSubject, finding: Finding) -> Words:
    if finding.reason in {WRONG_TYPE, ALIAS_THERE}:
        return _alias_there(about, finding)
    if finding.reason == LABEL_DELEGATED:
        return Words(
            f"In {about.zone}, replace the NS records named {about.label} by our TXT record. "
            "They lead to servers of another zone, which proves nothing.",
            first(f"delete the NS records named {about.label} and {about.add_token}"),
            f"They name {listed_in(finding.params, 'servers')}.",
        )
    zone = about.asked_in or about.host
    domain, shown = letters(reserved.registrable(zone) or zone), letters(about.label_name)
    served_by = f"It is served by {listed_in(finding.params, 'servers')}."
    if finding.reason == PARKED:
        return Words(
            f"{domain} is parked or has expired: renew it, or change its name servers. They answer for any name.",
            f"Renew {domain} at its registrar, or give it the name servers of your DNS provider; then "
            f"add a TXT record named {about.label} with the value {about.token} there. {CHECK_AGAIN}",
            served_by,
        )
    return Words(
        f"Delete the zone {shown} at the provider of {about.zone}. "
        f"Our TXT record belongs into the zone {about.zone} itself.",
        first(f"delete the zone {shown} at the provider of {about.zone}, then {about.add_token}"),
        served_by,
    )


def alias_above(about: RecordsSubject, finding: Finding) -> Words:
    owner, target = finding.params["owner"], as_typed(letters(finding.params["target"]))
    record = f"the {finding.params['type']} record named {about.quoted(owner)} in the zone {about.zone}"
    return Words(
        f"Delete {record}, or choose another name. {letters(owner)} redirects everything below it to {target}, so "
        f"a TXT record named {about.label} has no effect.",
        first(f"delete {record}, and {about.add_token}"),
    )
