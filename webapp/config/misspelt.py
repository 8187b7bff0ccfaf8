"""Names in the environment that were meant to be settings. A misspelt DATABASE_URL would start an empty SQLite."""

from __future__ import annotations

from collections.abc import Collection, Iterable

#: What a name may begin with by mistake.
_PREFIX = "NAMEPLATE_"
#: Names that Nameplate's own parts and other programs read, however close they are to a setting of ours. Kubernetes
#: gives every container NAMEPLATE_PORT, if a service is called so.
_OTHERS = frozenset(
    {
        "NAMEPLATE_INSTANCE",
        "NAMEPLATE_PORT",
        "SANDBOX_PORT",
        "SANDBOX_DNS_PORT",
        "SANDBOX_EDGE_PORT",
        "AWS_REGIONS",
    }
)
#: Below this length two names that mean different things may differ by a letter or two.
_LONG = 8


def misspelt(found: Iterable[str], known: Collection[str]) -> list[tuple[str, str]]:
    """Each of the names `found` that is no setting and close to one, with that one. A setting that has its right name
    beside it is left out: somebody else's variable may resemble it.
    """
    names = [name for name in found if name.isascii()]
    there = {name.upper() for name in names}
    missing = sorted(set(known) - there)
    strangers = sorted(name for name in names if name.upper() not in known and name not in _OTHERS)
    meant = ((name, _meant(name.upper(), missing)) for name in strangers)
    return [(name, setting) for name, setting in meant if setting is not None]


def _meant(name: str, settings: Iterable[str]) -> str | None:
    plain = name.removeprefix(_PREFIX)
    close = ((_distance(plain, one), one) for one in settings if _may_be(plain, one))
    distance, best = min(close, default=(99, ""))
    return best if distance <= (2 if len(best) >= _LONG else 1) else None


def _may_be(name: str, setting: str) -> bool:
    if name == setting:
        return True
    return len(setting) >= 6 and abs(len(name) - len(setting)) <= 2


def _distance(one: str, other: str) -> int:
    """How many letters were left out, added, replaced or exchanged with their neighbour (Damerau's distance in its
    simple form).
    """
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
