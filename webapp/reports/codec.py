"""A report as bytes, in two parts: what was seen, and what differs although nothing has changed. Pure.

Two successive reports of a name differ in the time, in milliseconds, in the order of answers, in the seconds that a
cache keeps an answer for, in which of them another check of the same batch had heard, in random labels, and in
records that their owners turn round with each answer. All that is the second part; together both give back the report
exactly.

What is packed is read for as long as a row holds it, by this release and by migrations. So a form is never changed:
a new one gets the next number, and `unpack` goes on reading those before.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from webapp.reports.dictionary import DICTIONARY

#: The first byte of everything packed says how: JSON, deflated with `DICTIONARY`, or what is small, without.
_WHOLE, _SMALL = b"\x01", b"\x02"
#: A large window takes longer to set up than what is small takes to deflate.
_SMALL_WINDOW, _SMALL_MEMORY = 12, 4
_DIGEST_BYTES = 16
#: Notes that say who else had asked, and nothing about the answer; see `webapp.dns.batch_cache`.
_HEARD_BEFORE = frozenset({"resolver-had-said", "server-had-said"})
#: A label that was made up for one question, and what stands for it.
_MADE_UP = re.compile(r"[0-9a-f]{16}(?=\.)")
_SOME_LABEL = "\x00"
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
#: What most questions differ by is compared first; the rest decides what is left.
_BY = ("role", "server", "address", "question")
_VOLATILE = ("checked_at", "duration_ms", "old_answers_until")


class UnreadableError(Exception):
    """What is stored is in a form that this release does not know, or is damaged."""


@dataclass(frozen=True)
class Parts:
    """`seen` is JSON text in a normal form, so that equal reports have equal texts. `measured` holds JSON values."""

    seen: str
    measured: dict[str, Any]

    @property
    def digest(self) -> bytes:
        return hashlib.blake2b(self.seen.encode(), digest_size=_DIGEST_BYTES).digest()

    def packed(self) -> bytes:
        """Both parts."""
        deflate = zlib.compressobj(9, zdict=DICTIONARY)
        both = f'{{"seen":{self.seen},"measured":{_text(self.measured)}}}'
        return _WHOLE + deflate.compress(both.encode()) + deflate.flush()

    def packed_measured(self) -> bytes:
        deflate = zlib.compressobj(wbits=_SMALL_WINDOW, memLevel=_SMALL_MEMORY)
        return _SMALL + deflate.compress(_text(self.measured).encode()) + deflate.flush()


def split(data: Mapping[str, Any]) -> Parts:
    """Take a report apart that is JSON values already."""
    kept = {name: value for name, value in data.items() if name != "asked" and name not in _VOLATILE}
    apart = [_apart(one) for one in data["asked"]]
    order = sorted(range(len(apart)), key=lambda place: _place(apart[place][0]))
    measured: dict[str, Any] = {name: data[name] for name in _VOLATILE if name in data}
    measured |= {"order": order, "asked": [apart[place][1] for place in order]}
    return Parts(_text({"asked": [apart[place][0] for place in order], "rest": kept}), measured)


def join(seen: Mapping[str, Any], measured: Mapping[str, Any]) -> dict[str, Any]:
    """The report that `split` was given."""
    asked: list[dict[str, Any]] = [{}] * len(seen["asked"])
    for fixed, differs, place in zip(seen["asked"], measured["asked"], measured["order"], strict=True):
        asked[place] = _together(fixed, differs)
    return {
        **seen["rest"],
        **{name: measured[name] for name in _VOLATILE if name in measured},
        "asked": asked,
    }


def told(
    both: Mapping[str, Any], measured: Mapping[str, Any] | None, began: datetime, ended: datetime | None
) -> dict[str, Any]:
    """The report of one of the checks that saw the same. `measured`: what it measured itself, if that is known; else
    it has its own times, and the milliseconds of single questions are those of the check that saw it first.

    Raises `UnreadableError`.
    """
    try:
        own = measured if measured is not None else both["measured"] | _times(both["measured"], began, ended)
        return join(both["seen"], own)
    except (KeyError, IndexError, TypeError, ValueError) as err:
        raise UnreadableError(repr(err)) from err


def _times(first: Mapping[str, Any], began: datetime, ended: datetime | None) -> dict[str, Any]:
    times: dict[str, Any] = {"checked_at": began.isoformat()}
    if ended is not None:
        times["duration_ms"] = max(0, round((ended - began) / timedelta(milliseconds=1)))
    if first.get("old_answers_until") is not None:
        until, seen_at = map(datetime.fromisoformat, (first["old_answers_until"], first["checked_at"]))
        times["old_answers_until"] = (began + (until - seen_at)).isoformat()
    return times


def unpack(packed: bytes) -> Any:
    """Raises `UnreadableError`."""
    form = packed[:1]
    if form not in {_WHOLE, _SMALL}:
        raise UnreadableError(f"form {form.hex() or 'none'} of stored reports is not known")
    try:
        inflate = zlib.decompressobj(zdict=DICTIONARY) if form == _WHOLE else zlib.decompressobj()
        return json.loads(inflate.decompress(packed[1:]) + inflate.flush())
    except (zlib.error, ValueError) as err:
        raise UnreadableError(str(err)) from err


def _apart(one: Mapping[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """What a question and its answer have in every check, and what differs: milliseconds, the rest of a cache's TTL,
    the note on who had asked before, the label that was made up, the records that no verdict is about.
    """
    fixed = dict(one)
    differs: list[Any] = [fixed.pop("ms", None), None, None, None, fixed.pop("values", None)]
    if _is_of_a_cache(fixed):
        differs[1] = fixed.pop("ttl", None)
    notes = fixed.get("notes") or ()
    heard = [[place, note] for place, note in enumerate(notes) if note.get("code") in _HEARD_BEFORE]
    if heard:
        differs[2] = heard[0][1] if [place for place, _ in heard] == [0] else heard
        fixed["notes"] = [note for note in notes if note.get("code") not in _HEARD_BEFORE]
        if not fixed["notes"]:
            del fixed["notes"]
    asked = fixed.get("question", ""), fixed.get("dig", "")
    made_up = _MADE_UP.match(asked[0])
    if made_up and _SOME_LABEL not in "".join(asked):
        differs[3] = made_up[0]
        for name in ("question", "dig"):
            fixed[name] = fixed[name].replace(made_up[0], _SOME_LABEL)
    while len(differs) > 1 and differs[-1] is None:
        differs.pop()
    return fixed, differs


def _together(fixed: Mapping[str, Any], differs: list[Any]) -> dict[str, Any]:
    ms, ttl, note, label, values = [*differs, None, None, None, None][:5]
    one = dict(fixed)
    if label is not None:
        for name in ("question", "dig"):
            one[name] = one[name].replace(_SOME_LABEL, label)
    if note is not None:
        one["notes"] = _with_heard(one.get("notes", ()), note if isinstance(note, list) else [[0, note]])
    if values is not None:
        one["values"] = values
    if "ttl" not in one:
        one["ttl"] = ttl
    return one | {"ms": ms}


def _with_heard(notes: Sequence[Any], heard: Sequence[Sequence[Any]]) -> list[Any]:
    """`heard` are notes with the places where they stood."""
    found = list(notes)
    for place, note in heard:
        found.insert(place, note)
    return found


def _is_of_a_cache(one: Mapping[str, Any]) -> bool:
    """A resolver's, or that of a server which has the answer from elsewhere: what is left of its TTL falls by the
    second. The TTL of a referral is the parent's own.
    """
    return one.get("role") == "resolver" or (
        one.get("authoritative") is False and one.get("outcome") != "REFERRAL" and "ttl" in one
    )


def _place(fixed: Mapping[str, Any]) -> tuple[str, ...]:
    """Where a question stands among the others, whenever its answer came. Two that differ never change places."""
    return *(str(fixed.get(name)) for name in _BY), _text(fixed)


def _text(value: object) -> str:
    return _JSON.encode(value)
