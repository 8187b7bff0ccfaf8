"""The IAM policy that docs/aws.md recommends allows what the code calls, and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def statements() -> list[dict[str, Any]]:
    (policy,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs/aws.md").read_text(), re.DOTALL)
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def allowed() -> set[str]:
    return {action for one in statements() if one["Effect"] == "Allow" for action in one["Action"]}


def called() -> set[str]:
    source = "".join(path.read_text() for path in (ROOT / "webapp/aws").glob("*.py"))
    methods = set(re.findall(r"self\._client\.([a-z0-9_]+)", source))
    return {"route53:" + "".join(word.capitalize() for word in method.split("_")) for method in methods}


def test_every_call_is_allowed_and_nothing_else() -> None:
    assert allowed() - {"ec2:DescribeVpcs"} == called()


def test_every_allowed_action_is_explained() -> None:
    table = (ROOT / "docs/aws.md").read_text()

    assert all(f"`{action.removeprefix('route53:')}`" in table for action in allowed())


def test_no_action_has_a_wildcard_and_none_is_about_registered_domains() -> None:
    actions = {action for one in statements() for action in one["Action"]}

    assert not [action for action in actions if "*" in action or action.startswith("route53domains")]
