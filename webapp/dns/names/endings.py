"""Endings of names: which exist, and which one was probably meant."""

from __future__ import annotations

from functools import cache

from webapp.dns.names import closeness, labels, reserved

#: The endings that most people type, the most common first. Only these are guessed from a short text, because a
#: mistake in three letters could be one for dozens of rare endings.
COMMON = (
    *(
        "com",
        "net",
        "org",
        "de",
        "co.uk",
        "uk",
        "nl",
        "br",
        "com.br",
        "fr",
        "eu",
        "au",
        "com.au",
        "it",
        "info",
    ),
    *("pl", "ca", "cn", "com.cn", "io", "ai", "app", "dev", "xyz", "online", "shop", "store", "site", "tech"),
    *(
        "cloud",
        "in",
        "co.in",
        "es",
        "ch",
        "be",
        "se",
        "at",
        "jp",
        "co.jp",
        "us",
        "dk",
        "no",
        "fi",
        "cz",
        "pt",
    ),
    *(
        "ie",
        "nz",
        "co.nz",
        "za",
        "co.za",
        "mx",
        "com.mx",
        "kr",
        "co.kr",
        "tr",
        "com.tr",
        "sg",
        "com.sg",
        "hk",
    ),
    *("com.hk", "co.il", "gr", "hu", "ro", "ru", "ua", "com.ua", "com.ar", "cl", "com.co", "id", "co.id"),
    *("com.my", "ph", "com.ph", "vn", "com.vn", "co.th", "ae", "biz", "me", "tv", "cc", "edu", "gov", "mobi"),
)
#: Up to this length, only common endings are guessed, and those in other letters, which are few.
_SHORT = 4


def exists(name: str) -> bool:
    """Whether the last label of an A-label name is a top-level domain of the Internet, by the bundled list."""
    return name.rpartition(".")[2] in reserved.top_level_domains()


def meant(name: str) -> str | None:
    """The name with the ending that was probably meant, for one whose ending does not exist; in A-labels."""
    rest, _, typed = name.rpartition(".")
    found = _missing_dot(typed) or next(iter(_nearest(labels.u_label(typed))), None)
    return f"{rest}.{found}" if rest and found else None


def is_common(suffix: str) -> bool:
    return suffix in COMMON


def _missing_dot(typed: str) -> str | None:
    """`couk` for co.uk, and `acmecom` for acme.com. Other endings are too often the end of a word, as in intranet."""
    whole = next((one for one in COMMON if "." in one and one.replace(".", "") == typed), None)
    if whole is not None:
        return whole
    cut = next((one for one in ("com", "org") if _ends(typed, one)), None)
    return f"{typed.removesuffix(cut)}.{cut}" if cut else None


def _ends(typed: str, ending: str) -> bool:
    return typed.endswith(ending) and len(typed) >= len(ending) + 2


def _nearest(typed: str) -> list[str]:
    if len(typed) < 2:
        return []
    near = closeness.nearest(typed, (one for one in COMMON if "." not in one))
    if not near and (len(typed) > _SHORT or not typed.isascii()):
        near = closeness.nearest(typed, _by_letters())
    return [_by_letters()[one] for one in near]


@cache
def _by_letters() -> dict[str, str]:
    """Every top-level domain in its own letters, and as an A-label."""
    return {labels.u_label(one): one for one in sorted(reserved.top_level_domains())}
