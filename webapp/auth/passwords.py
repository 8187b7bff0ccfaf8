"""Which passwords are too easy to guess."""

from __future__ import annotations

from typing import Any

from flask_security import PasswordUtil
from flask_security.utils import get_message

#: As Flask-Security has it.
LONGEST = 128
#: zxcvbn's scale from 0 to 4; 3 is more than 10^8 guesses.
LEAST_SCORE = 3
#: zxcvbn's time grows with the square of the length, and nothing longer is easy to guess for that alone.
JUDGED = 72


class Passwords(PasswordUtil):
    """Flask-Security's rules, and zxcvbn's estimate of how many guesses a password takes. It needs no network."""

    def validate(self, password: str, is_register: bool, **given: Any) -> tuple[list[str] | None, str]:
        problems, normal = super().validate(password, is_register, **given)
        if len(normal) > LONGEST:
            problems = [f"Choose a password of at most {LONGEST} characters."]
        elif not problems and _score(normal, _about(given)) < LEAST_SCORE:
            problems = [get_message("PASSWORD_TOO_SIMPLE")[0]]
        return problems, normal


def _score(password: str, about: list[str]) -> int:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take a worker's memory, which sees no passwords

    return int(zxcvbn(password[:JUDGED], user_inputs=about)["score"])


def _about(given: dict[str, Any]) -> list[str]:
    """What is easy to guess for this person: the parts of their address, and where they are."""
    user, email = given.get("user"), given.get("email")
    address = str(email or getattr(user, "email", "") or "").lower()
    return ["nameplate", address, *address.replace("@", ".").split(".")]
