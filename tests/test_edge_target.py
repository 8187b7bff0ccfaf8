"""EDGE_TARGET: addresses or one alias, in one form, and a sentence for everything else."""

from __future__ import annotations

import pytest

from webapp.config.settings import ConfigurationError, load_settings

SECRET = "only-for-tests-0123456789"


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("", []),
        ("203.0.113.10", ["203.0.113.10"]),
        (" 203.0.113.10 , 2001:DB8:0:0::10 ", ["203.0.113.10", "2001:db8::10"]),
        ("203.0.113.10,203.0.113.10", ["203.0.113.10"]),
        ("10.0.0.7", ["10.0.0.7"]),
        (
            "alias:Z35SXDOTRQ7X7K/Edge-1.us-east-1.elb.amazonaws.com.",
            ["alias:Z35SXDOTRQ7X7K/edge-1.us-east-1.elb.amazonaws.com"],
        ),
        (
            "alias:/hostedzone/Z2FDTNDATAQYW2/d1.cloudfront.net",
            ["alias:Z2FDTNDATAQYW2/d1.cloudfront.net"],
        ),
    ],
)
def test_targets_are_read_into_one_form(text: str, targets: list[str]) -> None:
    assert load_settings(secret_key=SECRET, edge_target=text).edge_target == targets


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("edge.example.com", "“edge.example.com” is neither an IP address"),
        ("alias:Z1", "nor an alias, such as alias:Z35SXDOTRQ7X7K/"),
        ("alias:Z1/", "“alias:Z1/” is neither"),
        ("alias:Z1/no_dot", "is neither"),
        ("203.0.113.10,alias:Z1/d1.cloudfront.net", "a name cannot have both"),
        ("alias:Z1/a.example,alias:Z1/b.example", "either IP addresses or one alias"),
        ("::", "not the address of a machine"),
        ("224.0.0.1", "not the address of a machine"),
        ("fe80::1", "not the address of a machine"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^EDGE_TARGET: .*\.$") as refused:
        load_settings(secret_key=SECRET, edge_target=text)

    assert words in str(refused.value)
