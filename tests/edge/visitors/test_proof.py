"""The proof of the edge: another for every key, claim, name and nonce, and nonces that can stand in a path."""

from __future__ import annotations

import pytest

from webapp.edge.visitors.proof import is_nonce, proof

KEY, NONCE = "only-for-tests-0123456789", "n" * 22


def test_differs_by_each_of_its_parts() -> None:
    made = {
        proof(KEY, 1, "chat.acme.test", NONCE),
        proof(f"{KEY}-other", 1, "chat.acme.test", NONCE),
        proof(KEY, 11, "chat.acme.test", NONCE),
        proof(KEY, 1, "help.acme.test", NONCE),
        proof(KEY, 1, "chat.acme.test", f"{NONCE}x"),
    }
    assert len(made) == 5
    assert all(len(one) == 64 for one in made)


def test_is_the_same_for_the_same() -> None:
    assert proof(KEY, 1, "chat.acme.test", NONCE) == proof(KEY, 1, "chat.acme.test", NONCE)


@pytest.mark.parametrize("text", ["n" * 22, "A-Z_09" * 5, "n" * 64])
def test_takes_a_nonce(text: str) -> None:
    assert is_nonce(text)


@pytest.mark.parametrize("text", ["", "n" * 21, "n" * 65, "n" * 21 + "/", "n" * 22 + "\n", "ä" * 22])
def test_refuses_another_text(text: str) -> None:
    assert not is_nonce(text)
