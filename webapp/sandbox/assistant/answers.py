"""What the demo LLM client says. There is no language model behind it, and it says so."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator

#: Between two words, so that a stream is seen to be one.
PAUSE_SECONDS = 0.04
_LONGEST_ECHO = 160

_ANSWERS = (
    (
        "You asked: “{question}”. A real assistant would answer that now. This one is a demonstration without a"
        " language model, so it makes its answer up, a word at a time, as models do."
    ),
    (
        "“{question}” is a good question. Behind {name} stands no language model, because nothing in the sandbox"
        " reaches the Internet. What you read came over TLS, at the customer’s own name, and that part is real."
    ),
    (
        "I would look that up for you: “{question}”. But I am a demonstration, and my answers are made up. Put your"
        " own LLM client at {default_host}, and it answers at {name}."
    ),
)


def answer(question: str, name: str, default_host: str) -> str:
    """The same question gets the same answer."""
    words = " ".join(question.split())
    if len(words) > _LONGEST_ECHO:
        words = words[: _LONGEST_ECHO - 1].rstrip() + "…"
    chosen = _ANSWERS[zlib.crc32(words.encode()) % len(_ANSWERS)]
    return chosen.format(question=words, name=name, default_host=default_host)


def spoken(text: str, sleep: Callable[[float], object] = time.sleep) -> Iterator[str]:
    """The text word by word, each with the space before it."""
    for number, word in enumerate(text.split(" ")):
        if number:
            sleep(PAUSE_SECONDS)
        yield f" {word}" if number else word
