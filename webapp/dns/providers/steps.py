"""What to do at a provider to get from the records that are there to those that should be, in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.dns.name_arithmetic import as_typed
from webapp.dns.providers.provider import Provider

#: The most values that one step names. Strangers' records may be many.
MOST_NAMED = 6


@dataclass(frozen=True, kw_only=True)
class Change:
    """The difference between what the parent lists and our records.

    `values`: all that should be there. `add`: those that are missing. `replace`: pairs of what is there and what it
    should be. `remove`: values that are too many. `first`: what else has to go before, in whole sentences.
    `elsewhere`: what is to be done before and not among the zone's records, as at a registrar. `back`: the records
    were there before.
    """

    zone: str
    name: str
    host: str
    values: tuple[str, ...]
    add: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    back: bool = False

    @property
    def writes(self) -> bool:
        """Whether NS records are added or edited."""
        return bool(self.add or self.replace)

    @property
    def here(self) -> bool:
        """Whether anything is to be changed among the zone's records."""
        return bool(self.writes or self.remove or self.first)

    @property
    def nothing(self) -> bool:
        return not (self.here or self.elsewhere)

    @property
    def all_new(self) -> bool:
        """Whether none of our records is there, and nothing else that would have to go."""
        return set(self.add) == set(self.values) and not (self.remove or self.first)

    @property
    def heading(self) -> str:
        if self.all_new:
            return "Put these back" if self.back else "Add these"
        if not self.here:
            return "What to do first" if self.elsewhere else "Your records"
        if self.replace:
            return "Correct these"
        if self.add:
            return "Replace what is there" if self.remove or self.first else "Add what is missing"
        return "Delete what is too many" if self.remove else "Delete what is in the way"


def steps(change: Change, provider: Provider) -> tuple[str, ...]:
    """The steps, complete and in order; none when there is nothing to do."""
    if change.nothing:
        return ()
    here = (*(told(way, change) for way in provider.way), *change.first, *_records(change, provider))
    return (*change.elsewhere, *(here if change.here else ()), "Come back here and press Verify.")


def _records(change: Change, provider: Provider) -> Iterator[str]:
    there = change.replace or change.remove or len(change.add) < len(change.values)
    if provider.form == "set" and there and (change.writes or change.remove):
        yield from _whole_set(change, provider)
        return
    for seen, right in change.replace:
        yield (
            f"Find the NS record named “{change.name}” with the value {as_typed(seen)}, and edit it: under "
            f"{provider.value_label}, enter {_value(right, provider)} instead. {_saved(provider)}"
        )
    if change.remove:
        yield f"Delete the NS {_which(change)}."
    if change.add:
        yield told(provider.add, change)
        yield f"Choose the type {provider.type_choice}."
        yield f"Under {provider.name_label}, enter {change.name}."
        yield _values(change, provider)


def _whole_set(change: Change, provider: Provider) -> Iterator[str]:
    """All values are in one record, so that it is edited once."""
    right = ", ".join(_value(one, provider) for one in change.values)
    yield f"Select the record named “{change.name}” of type NS, and edit it."
    yield f"Under {provider.value_label}, leave exactly these four: {right}. {_saved(provider)}"


def _saved(provider: Provider) -> str:
    return f"Select {provider.save_edit}." if provider.save_edit else "Save it."


def _which(change: Change) -> str:
    named = [as_typed(one) for one in change.remove[:MOST_NAMED]]
    more = len(change.remove) - len(named)
    if more:
        return f"records named “{change.name}” that are not ours: {', '.join(named)} and {more} more"
    if len(named) == 1:
        return f"record named “{change.name}” with the value {named[0]}"
    return f"records named “{change.name}” with the values {', '.join(named[:-1])} and {named[-1]}"


def _values(change: Change, provider: Provider) -> str:
    dot = " End each with a dot." if provider.final_dot else ""
    if change.add != change.values:
        one, *others = (_value(value, provider) for value in change.add)
        then = f" Then do the same with {' and '.join(others)}." if others else ""
        return f"Under {provider.value_label}, enter {one}. Select {provider.save}.{then}"
    if provider.form != "parts":
        below = f"enter all four values, one below the other.{dot}"
        return f"Under {provider.value_label}, {below} Select {provider.save}."
    return (
        f"Under {provider.value_label}, enter the first value. Select {provider.save}. "
        f"Then do the same with the other three values: four records, one name.{dot}"
    )


def _value(name_server: str, provider: Provider) -> str:
    """A dot that belongs to the value stands in quotation marks, or nobody could tell it from the sentence's."""
    return f"“{name_server}.”" if provider.final_dot else name_server


def told(words: str, change: Change) -> str:
    """A provider's sentence about this zone and this name."""
    return words.format(zone=change.zone, name=change.name, host=change.host)
