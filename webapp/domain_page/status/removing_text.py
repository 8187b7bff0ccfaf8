"""What the page says of a domain that is removed or being removed."""

from __future__ import annotations

from webapp.dns.delegation import WhoActs
from webapp.domain_page.status.removal_instructions import RemovalInstructions, removal_instructions
from webapp.domain_page.status.statement import Facts, Statement
from webapp.proofs.base.leftovers import Leftovers
from webapp.proofs.registry import leftovers_of


def removing(facts: Facts) -> Statement:
    sentence = f"{facts.shown} is not served any more."
    leaving = removal_instructions(facts.domain, facts.zone)
    parts: list[RemovalInstructions | Leftovers] = [leaving] if leaving is not None and leaving.lines else []
    if (left := leftovers_of(facts.domain)) is not None:
        parts.append(left)
    if not parts:
        return Statement(facts.situation, (sentence,), who_acts="we")
    steps = " ".join(one.next_step for one in parts if one.next_step)
    who: WhoActs = "you" if "you" in {one.who_acts for one in parts} else "nobody"
    return Statement(facts.situation, (sentence, *(one.sentence for one in parts)), steps, who)


def removed(facts: Facts) -> Statement:
    return Statement(facts.situation, (f"{facts.shown} was removed.",))
