"""SECRET_KEY: how hard it is to guess, and the keys that are derived from it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

#: What stands in keys that somebody meant to replace. No hexadecimal key has any of it.
_PLACEHOLDERS = ("change", "default", "example", "insecure", "password", "secret", "your")


def is_easy_to_guess(key: str) -> bool:
    """Few different characters, rows such as “abcdef”, or the words of a placeholder."""
    steps = [abs(ord(after) - ord(before)) for before, after in pairwise(key)]
    return (
        len(set(key)) < 10
        or sum(step <= 1 for step in steps) > len(steps) / 2
        or any(word in key.lower() for word in _PLACEHOLDERS)
    )


def one_time_code_keys(secret_keys: Sequence[str]) -> dict[str, str]:
    """What encrypts the keys of people's authenticator apps in the database, by tag, the newest first.

    Rows from before there were several have the tag “1”, and were written with the oldest key.
    """
    keys = [derived(key, "one-time-codes") for key in secret_keys]
    return {**{derived(key, "tag")[:8]: key for key in keys}, "1": keys[-1]}


def derived(key: str, purpose: str) -> str:
    return hashlib.sha256(f"{purpose}:{key}".encode()).hexdigest()
