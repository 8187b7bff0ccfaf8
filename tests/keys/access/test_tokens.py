"""What keys look like, and that the secret shows nowhere."""

from __future__ import annotations

import pytest

from webapp.keys.access import tokens


@pytest.mark.parametrize(("is_test", "kind"), [(False, "live"), (True, "test")])
def test_key_has_its_kind_a_prefix_and_256_random_bits(is_test: bool, kind: str) -> None:
    token = tokens.new_token(is_test=is_test)
    assert token.prefix.startswith(f"npk_{kind}_")
    assert len(token.prefix) == len("npk_live_ab12cd34")
    assert token.secret.startswith(f"{token.prefix}_")
    assert len(token.secret) == len(token.prefix) + 1 + 43
    assert token.secret not in repr(token)
    assert token != tokens.new_token(is_test=is_test)


def test_prefix_is_found_whatever_the_secret_has() -> None:
    assert tokens.prefix_in(f"npk_live_ab12cd34_{'_-' * 21}_") == "npk_live_ab12cd34"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "npk_live_ab12cd34",
        f"npk_live_ab12cd34_{'a' * 42}",
        f"npk_live_ab12cd34_{'a' * 44}",
        f"npk_live_AB12CD34_{'a' * 43}",
        f"npk_prod_ab12cd34_{'a' * 43}",
        f"npk_live_ab12cd34_{'a' * 42}ä",
        f" npk_live_ab12cd34_{'a' * 43}",
        f"npk_live_ab12cd34_{'a' * 43}\n",
    ],
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert tokens.prefix_in(text) is None


def test_hash_tells_keys_apart() -> None:
    one, other = tokens.new_token(is_test=False).secret, tokens.new_token(is_test=False).secret
    assert tokens.is_same(one, tokens.hash_of(one))
    assert not tokens.is_same(other, tokens.hash_of(one))
