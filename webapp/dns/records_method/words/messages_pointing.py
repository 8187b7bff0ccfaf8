"""The sentences about where the name leads. The token stands before them, so that people switch when they like."""

from __future__ import annotations

from webapp.dns.judgement.finding import WILDCARD, Finding, Params, Slip
from webapp.dns.judgement.phrases import count_in, count_of, letters, listed_in
from webapp.dns.judgement.subject import UNCHANGED, WAIT, Words
from webapp.dns.name_arithmetic import as_typed
from webapp.dns.records_method.words.reasons import (
    APEX,
    APEX_OTHERS,
    APEX_SOME,
    APPENDED,
    BEYOND_DIFFERS,
    EDGE_DOMAIN,
    FLATTENED,
    FORMER_TARGET,
    NOWHERE,
    OTHER_TARGET,
    OTHER_VALUE,
    PROXIED,
    TOO_LONG,
)
from webapp.dns.records_method.words.subject import RecordsSubject, first

_RESERVED = "The name is reserved for you: switch when you like."


def missing(about: RecordsSubject, finding: Finding) -> Words:
    why = ""
    if finding.reason == WILDCARD:
        why = (
            f" It has no record of its own: the wildcard {about.quoted(finding.params['at'])} answers for it."
        )
    elif finding.reason == APEX and about.own_zone:
        why = f" {about.shown} is a zone of its own, whose apex can have no CNAME record."
    return Words(
        _switch(finding, f"add {about.our_record} named {about.name} in {about.zone}.{why}"),
        first(about.point),
    )


def _switch(finding: Finding, act: str) -> str:
    """The sentences that begin with what leads the name to us. Who has switched before has to do it, at once."""
    if finding.params.get("served"):
        return f"{act[:1].upper()}{act[1:]}"
    return f"To switch, {act}{_reserved(finding)}"


def _reserved(finding: Finding) -> str:
    return f" {_RESERVED}" if finding.params.get("reserved") else ""


def loop(about: RecordsSubject, finding: Finding) -> Words:
    if finding.reason == TOO_LONG:
        what, way = f"it leads through more than {finding.params['most']} names", ""
    else:
        names = [about.host, *finding.params["names"]]
        what, way = "it leads back to itself", f"The way is: {' → '.join(map(_name, names))}."
    return Words(
        f"In {about.zone}, correct the CNAME record {about.name}: {what}. Nobody can follow it to the end.",
        first(about.point),
        way,
    )


def wrong(about: RecordsSubject, finding: Finding) -> Words:
    params, reason = finding.params, finding.reason
    if reason in {APEX, APEX_SOME, APEX_OTHERS}:
        return _apex(about, finding)
    if reason == WILDCARD:
        wildcard = about.quoted(params["at"])
        return Words(
            f"Name the CNAME record {about.name}, not {wildcard}, in the zone {about.zone}. "
            "A wildcard would lead every name to us.",
            first(f"delete the record named {wildcard} that leads to us, and {about.point}"),
        )
    seen = f"“{_name(params['seen'])}”"
    if reason == Slip.PARENT_SUFFIX:
        return Words(
            f"In {about.zone}, end the value of the CNAME record {about.name} with a dot. "
            f"It reads {seen}: your provider appends {_name(params['appended'])} to what you enter.",
            first(
                f"change the value of the CNAME record named {about.name} to “{about.target}.”, final dot and all"
            ),
        )
    if reason in _WHY:
        why = _WHY[reason]
        end = (
            f" and so to “{_name(params['end'])}”"
            if reason == NOWHERE and params["end"] != params["seen"]
            else ""
        )
        return Words(
            f"In {about.zone}, correct the CNAME record {about.name}. {why} It leads to {seen}{end}.",
            first(about.point),
        )
    return Words(
        _switch(
            finding,
            f"point the CNAME record {about.name} in {about.zone} to our target. It leads to {seen} now.",
        ),
        first(about.point),
    )


_WHY = {
    Slip.NEAR_MISS.value: "Its value is mistyped.",
    Slip.WRONG_ENDING.value: "Its value has the wrong ending.",
    Slip.URL.value: "Its value has to be a name, not the address of a page.",
    Slip.SEVERAL.value: "Its value holds several names.",
    Slip.MORE_THAN_A_NAME.value: "Its value holds more than our target.",
    OTHER_TARGET: "It has the target of another registration.",
    FORMER_TARGET: "It has the target of an earlier registration.",
    EDGE_DOMAIN: "Its value lacks the first part of our target.",
    NOWHERE: "It leads to a name that does not exist.",
}


def _apex(about: RecordsSubject, finding: Finding) -> Words:
    params, there = finding.params, f"the address records named {about.name} in {about.zone}"
    if finding.reason == APEX_OTHERS:
        add = f" and add {listed_in(params, 'missing')}" if params["missing"] else ""
        return Words(
            f"Remove {_values(params, 'others')} from {there}. A part of your visitors would be sent there.",
            first(f"remove {listed_in(params, 'others')} from {there}{add}"),
        )
    if finding.reason == APEX_SOME:
        return Words(
            f"Add {_values(params, 'missing')} to {there}.",
            first(f"add {listed_in(params, 'missing')} to {there}"),
        )
    return Words(
        _switch(finding, f"replace {there} by ours. They lead to {listed_in(params, 'addresses')} now."),
        first(f"remove {listed_in(params, 'addresses')}, and {about.point}"),
    )


def _values(params: Params, key: str) -> str:
    return count_of(count_in(params, key), f"{_STRANGE[key]} value")


#: What the values in a list of the parameters are.
_STRANGE = {"others": "foreign", "missing": "missing"}


def flattened(about: RecordsSubject, finding: Finding) -> Words:
    params = finding.params
    types = " and ".join(params["types"])
    many = "s" if len(params["addresses"]) > 1 else ""
    details = f"The name has {listed_in(params, 'addresses')}."
    if finding.reason == PROXIED:
        return Words(
            f"Switch the proxy (the orange cloud) off for the record {about.name} at Cloudflare. "
            f"It answers with addresses of Cloudflare, so nobody sees where {about.shown} leads.{_reserved(finding)}",
            first(
                f"in the Cloudflare dashboard, open DNS, then Records, edit {about.name}, set its proxy status to "
                f"“DNS only” and {about.point}"
            ),
            details,
        )
    if finding.reason == FLATTENED:
        return Words(
            f"Switch flattening off for the CNAME record {about.name} in {about.zone}. "
            "Your provider answers with the addresses of our target, which may change.",
            first(
                f"switch off what turns the record {about.name} into addresses (flattening, proxy or ALIAS), or "
                f"replace its {types} record{many}: {about.point}"
            ),
            details,
        )
    return Words(
        _switch(
            finding, f"replace the {types} record{many} {about.name} in {about.zone} by our CNAME record."
        ),
        first(f"delete the {types} record{many} named {about.name}, and {about.point}"),
        f"{details} If you have entered a CNAME record, your provider turns it into addresses (proxy or flattening): "
        "switch that off for this name.",
    )


def beyond(about: RecordsSubject, finding: Finding) -> Words:
    name = _name(finding.params["name"])
    if finding.reason == BEYOND_DIFFERS:
        what = f"Our resolvers say different things of where {name} leads"
    else:
        what = f"We could not ask where {name} leads"
    return Words(
        f"{what}. The records of {about.shown} lead there. {UNCHANGED}",
        WAIT,
        f"The answer was {finding.params['outcome']}." if finding.reason != BEYOND_DIFFERS else "",
    )


def validation(about: RecordsSubject, finding: Finding) -> Words:
    params = finding.params
    name, value = about.quoted(params["name"]), params["value"]
    step = first(f"add a CNAME record named {name} with the value {value} in the zone {about.zone}")
    if finding.reason == APPENDED:
        what = f"Name our CNAME record for the certificate {name} in {about.zone}: your provider appends the zone."
    elif finding.reason == OTHER_VALUE:
        what = f"For the certificate, correct the CNAME record {name} in {about.zone}."
        what = f"{what} It leads to “{_name(params['seen'])}”."
    else:
        what = f"For the certificate, add our CNAME record named {name} in {about.zone}."
    return Words(what, step)


def _name(name: str) -> str:
    return as_typed(letters(name))
