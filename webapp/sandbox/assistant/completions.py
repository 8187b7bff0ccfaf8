"""The documents of `POST /v1/chat/completions`, in the form that clients of LLM platforms know."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

MODEL = "nameplate-demo"


class NotUnderstoodError(Exception):
    """The message is a sentence for whoever wrote the request."""


@dataclass(frozen=True)
class Asked:
    question: str
    stream: bool


def read(document: object) -> Asked:
    """The last message of the user. Raises `NotUnderstoodError`."""
    if not isinstance(document, dict):
        raise NotUnderstoodError("The body is no JSON object.")
    messages, stream = document.get("messages"), document.get("stream", False)
    if not isinstance(messages, list) or not isinstance(stream, bool):
        raise NotUnderstoodError("“messages” is a list, and “stream”, if it is given, is true or false.")
    for message in reversed(messages):
        if isinstance(message, dict) and message.get("role") == "user":
            content = message.get("content")
            if isinstance(content, str) and content.strip():
                return Asked(content, stream)
    raise NotUnderstoodError("None of “messages” is of the role “user”, with a text in “content”.")


def whole(text: str) -> dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
    }
    return {**_head("chat.completion"), "choices": [choice]}


def streamed(words: Iterable[str]) -> Iterator[str]:
    """Server-sent events: one for each word, the end, and the mark that nothing follows."""
    head = _head("chat.completion.chunk")
    for word in words:
        yield _event(head, {"role": "assistant", "content": word}, None)
    yield _event(head, {}, "stop")
    yield "data: [DONE]\n\n"


def fault(sentence: str) -> dict[str, Any]:
    return {"error": {"message": sentence, "type": "invalid_request_error"}}


def _event(head: dict[str, Any], delta: dict[str, str], reason: str | None) -> str:
    document = {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n"


def _head(kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
    }
