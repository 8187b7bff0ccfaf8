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


#: Nameplate never calls these; AWS asks for the permission when it calls another.
ASKED_FOR_BY_OTHERS = {"ec2:DescribeVpcs", "acm:AddTagsToCertificate"}


def called() -> set[str]:
    """Every method of the two clients that the code names, as an action."""
    found = set()
    for path in (ROOT / "webapp/aws").glob("*/*.py"):
        service = path.parent.name
        for method in re.findall(r"self\._client\.([a-z0-9_]+)", path.read_text()):
            found.add(f"{service}:" + "".join(word.capitalize() for word in method.split("_")))
    return found


def test_every_call_is_allowed_and_nothing_else() -> None:
    assert allowed() - ASKED_FOR_BY_OTHERS == called()


def test_every_allowed_action_is_explained() -> None:
    table = (ROOT / "docs/aws.md").read_text()

    assert all(f"`{action.removeprefix('route53:')}`" in table for action in allowed())


def test_certificates_of_others_are_out_of_reach() -> None:
    """ACM decides by tags, which Route 53 cannot."""
    reaching = [
        one
        for one in statements()
        if one["Effect"] == "Allow" and any(action.startswith("acm:") for action in one["Action"])
    ]
    unconditional = {action for one in reaching if "Condition" not in one for action in one["Action"]}

    assert reaching
    assert unconditional == {"acm:ListCertificates", "acm:ListTagsForCertificate"}


def test_no_action_has_a_wildcard_and_none_is_about_registered_domains() -> None:
    actions = {action for one in statements() for action in one["Action"]}

    assert not [action for action in actions if "*" in action or action.startswith("route53domains")]
