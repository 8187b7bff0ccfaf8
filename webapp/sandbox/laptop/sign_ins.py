"""`make sign-ins`: who can sign in at the Nameplate that `make run` keeps here, and with which password.

python -m webapp.sandbox.laptop.sign_ins
"""

from __future__ import annotations

import sys

import click

from webapp.config.places import INSTANCE
from webapp.sandbox.laptop import kept
from webapp.sandbox.laptop.first_data import SignIns

NOT_FOUND = 3


def main() -> int:
    sign_ins, url = kept.read_sign_ins(INSTANCE), kept.read_url(INSTANCE)
    if sign_ins is None or url is None:
        click.echo(f"There are no sign-ins in {INSTANCE}: “make run” makes them when it starts.", err=True)
        return NOT_FOUND
    click.echo(told(sign_ins, url))
    return 0


def told(sign_ins: SignIns, url: str) -> str:
    """A line for each person, without the keys of the API."""
    people = (("customer", sign_ins.customer), ("staff", sign_ins.staff))
    width = max(len(one.email) for _, one in people)
    lines = [f"  as {who:<8}  {one.email:<{width}}  password {one.password}" for who, one in people]
    return "\n".join([f"Sign in at {url}/login", *lines])


if __name__ == "__main__":
    sys.exit(main())
