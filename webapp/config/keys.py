"""SECRET_KEY: how hard it is to guess, and the keys that are derived from it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import pairwise

#: What stands in keys that somebody meant to replace. No hexadecimal key has any of it.
_PLACEHOLDERS = re.compile("change|default|example|insecure|password|secret|your")
#: Words, and what stands between them.
_WORDS = re.compile(r"(?<![a-z0-9])[a-z]{1,12}(?![a-z0-9])|[^a-z0-9]")
#: A key with so many characters that are no words is hard to guess, whatever words are beside them.
_ENOUGH = 20

#: What to do about a SECRET_KEY that is easy to guess. Migration 0015 salts every password by the present key, and a
#: password with the salt of another key never verifies again.
REPLACE_KEY = (
    "Let “python -c 'import secrets; print(secrets.token_hex())'” make one, and put the present one into "
    "SECRET_KEY_FALLBACKS: migration 0015 needs it, or every password is lost"
)


def is_easy_to_guess(key: str) -> bool:
    """Few different characters, rows such as “abcdef”, or the words of a placeholder and little else."""
    steps = [abs(ord(after) - ord(before)) for before, after in pairwise(key)]
    return (
        len(set(key)) < 10
        or sum(step <= 1 for step in steps) > len(steps) / 2
        or _is_placeholder(key.lower())
    )


def _is_placeholder(key: str) -> bool:
    rest, found = _PLACEHOLDERS.subn("-", key)
    return found > 0 and len(_WORDS.sub("", rest)) < _ENOUGH


#: Of keys of authenticator apps from before there were several of ours: written with the oldest one.
TAG_OF_THE_OLDEST = "1"


def one_time_code_keys(secret_keys: Sequence[str]) -> dict[str, str]:
    """What encrypts the keys of people's authenticator apps in the database, by tag, the newest first."""
    keys = [derived(key, "one-time-codes") for key in secret_keys]
    return {**{derived(key, "tag")[:8]: key for key in keys}, TAG_OF_THE_OLDEST: keys[-1]}


def derived(key: str, purpose: str) -> str:
    return hashlib.sha256(f"{purpose}:{key}".encode()).hexdigest()
