"""The sentences about the values of the NS records: former, mistyped, foreign and missing name servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from webapp.dns.judgement.finding import Params, Slip
from webapp.dns.judgement.phrases import count_in, count_of, few, listed, listed_in, number
from webapp.dns.judgement.subject import CHECK_AGAIN, Subject, Words
from webapp.dns.name_arithmetic import as_typed

#: The most values of each kind that a second sentence names.
_MOST_NAMES = 2
#: What the values in a list of the parameters are.
_STRANGE: Mapping[str, str] = {"former": "former", "unexpected": "foreign"}

_Slip = Mapping[str, Any]


def old_name_servers(about: Subject, params: Params) -> Words:
    return _replace(
        about, params, "former", "They belong to an earlier registration: someone else might obtain the name."
    )


def elsewhere(about: Subject, params: Params) -> Words:
    return _replace(
        about, params, "unexpected", f"{about.shown} is delegated to {listed_in(params, 'unexpected')}."
    )


def mixed(about: Subject, params: Params) -> Words:
    return _replace(about, params, "unexpected", "Part of your visitors would be sent there.")


def own_names(about: Subject, params: Params) -> Words:
    why = "They are other names for the addresses of ours, which change; type our names themselves."
    return _replace(about, params, "unexpected", why)


def _replace(about: Subject, params: Params, key: str, why: str) -> Words:
    """To remove the names in `params[key]` and to add what is missing. What is right is not told."""
    names, more, missing = params[key], params.get(f"{key}_more", 0), about.missing
    remove = f"Remove {listed_in(params, key)}"
    strange = count_of(count_in(params, key), f"{_STRANGE[key]} value")
    if not missing:
        first = f"In {about.zone}, remove {strange} from the NS records named {about.name}."
        full = f"{remove} from {about.records_there}."
    elif len(missing) == len(about.expected):
        first = f"In {about.zone}, replace all NS records named {about.name} by {about.all_ours}."
        full = f"{remove} from {about.records_there} and add {about.all_ours}."
    else:
        ours = f"{number(len(missing))} of ours"
        first = f"In {about.zone}, NS records named {about.name}: replace {strange} by {ours}."
        full = f"{remove} from {about.records_there} and add {listed(missing)}."
    return Words(f"{first} {_which(names, more, missing)}{why}", f"{full} {CHECK_AGAIN}")


def _which(strange: Sequence[str], more: int, missing: Sequence[str]) -> str:
    """The values of a first sentence that only counts them, if they are few."""
    if len(strange) + more > _MOST_NAMES or len(missing) > _MOST_NAMES:
        return ""
    out = f"{listed(map(as_typed, strange))} {'does' if len(strange) == 1 else 'do'} not belong there"
    return f"{out}; {listed(missing)} {_is(missing)} missing. " if missing else f"{out}. "


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def partial(about: Subject, _params: Params) -> Words:
    missing, total = about.missing, len(about.expected)
    return Words(
        f"In {about.zone}, add {count_of(len(missing), 'missing value')} to the NS records named {about.name}. "
        f"{few(missing, most=3)} {_is(missing)} missing; {total - len(missing)} of {total} are right.",
        f"Add {listed(missing)} to {about.records_there}. {CHECK_AGAIN}",
    )


def mistyped(about: Subject, params: Params) -> Words:
    slips: Sequence[_Slip] = sorted(params["slips"], key=_is_surplus)
    wrong = [slip for slip in slips if not _is_surplus(slip)]
    surplus = slips[len(wrong) :]
    first = _correct(about, wrong) if wrong else _remove(about, surplus)
    steps = [*map(_step, wrong)]
    if params["missing"]:
        steps.append(f"add {listed(params['missing'])}")
    remove = [_quoted(slip) for slip in surplus] + list(map(as_typed, params.get("foreign", ())))
    if remove:
        steps.append(f"remove {listed(remove, params.get('foreign_more', 0))}")
    done = "; ".join(steps)
    return Words(
        f"{first} {_why(slips[0])}",
        f"{done[:1].upper()}{done[1:]}, in {about.records_there}. {CHECK_AGAIN}",
    )


def _correct(about: Subject, wrong: Sequence[_Slip]) -> str:
    if any(slip["slip"] == Slip.SEVERAL for slip in wrong):
        return f"In {about.zone}, give each of {about.all_ours} an NS record named {about.name}."
    first = f"In {about.zone}, correct {count_of(len(wrong), 'NS record')} named {about.name}."
    if len(wrong) == 1:
        return f"{first} Edit it: {_step(wrong[0])}."
    meant = [name for slip in wrong for name in _meant(slip)]
    what = about.all_ours if set(meant) == set(about.expected) else few(meant, most=3)
    return f"{first} Enter {what} exactly."


def _remove(about: Subject, surplus: Sequence[_Slip]) -> str:
    first = f"In {about.zone}, remove {count_of(len(surplus), 'mistyped NS record')} named {about.name}."
    return f"{first} It reads {_quoted(surplus[0])}." if len(surplus) == 1 else first


def _is_surplus(slip: _Slip) -> bool:
    return bool(slip.get("surplus"))


def _step(slip: _Slip) -> str:
    if slip["slip"] == Slip.SEVERAL:
        return f"enter {listed(_meant(slip))} in a record each instead of {_quoted(slip)}"
    return f"enter “{_entered(slip)}” instead of {_quoted(slip)}"


def _meant(slip: _Slip) -> list[str]:
    return [slip["expected"], *slip.get("also", ())]


def _entered(slip: _Slip) -> str:
    """With a dot at its end where the provider would append its zone otherwise."""
    return f"{slip['expected']}." if slip["appended"] else slip["expected"]


def _quoted(slip: _Slip) -> str:
    return f"“{as_typed(slip['seen'])}”"


def _why(slip: _Slip) -> str:
    return "What was meant is there as well." if _is_surplus(slip) else _WHY[Slip(slip["slip"])](slip)


def _several(slip: _Slip) -> str:
    names = _meant(slip)
    return f"{_quoted(slip)} is one record for {number(len(names))} names." if names[1:] else _more(slip)


def _more(slip: _Slip) -> str:
    return f"{_quoted(slip)} is more than the name of a name server."


def _suffix(slip: _Slip) -> str:
    return f"End it with a dot, otherwise your provider appends {slip['appended']}."


def _near(slip: _Slip) -> str:
    return f"{_quoted(slip)} looks like “{slip['expected']}”."


_WHY: Mapping[Slip, Callable[[_Slip], str]] = {
    Slip.PARENT_SUFFIX: _suffix,
    Slip.IP_ADDRESS: lambda slip: f"{_quoted(slip)} is an IP address, where a name belongs.",
    Slip.URL: lambda _slip: "Leave out http:// and what stands behind the name.",
    Slip.SEVERAL: _several,
    Slip.MORE_THAN_A_NAME: _more,
    Slip.WRONG_ENDING: lambda slip: f"{_quoted(slip)} has another ending than “{slip['expected']}”.",
    Slip.NEAR_MISS: _near,
}
