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
#: Latin endings in Cyrillic letters, which those who have the other keyboard on type.
_CYRILLIC = {"сом": "com", "нет": "net", "ру": "ru"}
#: Up to this length, only common endings are guessed, and those in other letters, which are few.
_SHORT = 4


def exists(name: str) -> bool:
    """Whether the last label of an A-label name is a top-level domain of the Internet, by the bundled list."""
    return name.rpartition(".")[2] in reserved.top_level_domains()


def meant(name: str) -> str | None:
    """The name with the ending that was probably meant, for one whose ending does not exist; in A-labels."""
    rest, _, typed = name.rpartition(".")
    if (moved := _moved_dot(name)) is not None:
        return moved
    second = rest.rpartition(".")[2]
    letters = labels.u_label(typed)
    near = _in_other_letters(letters) or _nearest(letters)
    # After a second level such as `co`, an ending that has this level was meant: `co.nzl` for co.nz and not co.nl.
    # Two letters in the wrong order are a likelier mistake than one wrong letter out of two: `ia` for ai, not for it.
    near.sort(
        key=lambda one: (
            not reserved.is_run_by_a_registry(f"{second}.{one}"),
            len(letters) == len(one) == 2 and sorted(one) != sorted(letters),
        )
    )
    found = _missing_dot(letters) or next(iter(near), None)
    return f"{rest}.{found}" if rest and found else None


def is_common(suffix: str) -> bool:
    return suffix in COMMON


def _moved_dot(name: str) -> str | None:
    """`acme.cou.k` for acme.co.uk, and `acme.co.m` for acme.com: the dot of the ending stands elsewhere."""
    *rest, second, typed = name.split(".")
    found = _without_dot(second + typed)
    return ".".join((*rest, found)) if rest and found else None


def _missing_dot(typed: str) -> str | None:
    """`couk` and `co-uk` for co.uk, `acmecom` and `acme-com` for acme.com. Other endings are too often the end of a
    word, as in intranet.
    """
    whole = _without_dot(typed.replace("-", ""))
    if whole is not None:
        return whole
    cut = next((one for one in ("com", "org") if typed.endswith(one)), None)
    before = typed.removesuffix(cut).rstrip("-") if cut and typed.isascii() else ""
    return f"{before}.{cut}" if len(before) >= 2 else None


def _without_dot(typed: str) -> str | None:
    return next((one for one in COMMON if one.replace(".", "") == typed), None)


def _in_other_letters(typed: str) -> list[str]:
    """The endings that look or sound like one with digits or Cyrillic letters in it: `i0` for io, `сом` for com."""
    if typed in _CYRILLIC:
        return [_CYRILLIC[typed]]
    spelled = (typed.replace("0", "o").replace("1", letter) for letter in "il")
    return [one for one in dict.fromkeys(spelled) if one != typed and one in COMMON]


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
