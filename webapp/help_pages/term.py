"""One word of the glossary."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """`id` is the anchor on `/help`. `question` is what the word is asked by where it first appears on a page;
    `says` two sentences, `example` a sentence or a line of DNS, in which `{label}` is CHALLENGE_LABEL.
    """

    id: str
    word: str
    question: str
    says: tuple[str, str]
    example: str
