"""What the help page of a verdict consists of, and what many of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from webapp.dns.delegation import Verdict, WhoActs

_TURNS: Mapping[WhoActs, str] = {"you": "Your turn", "we": "Our turn", "nobody": "Nothing to do"}


def turn(verdict: Verdict) -> str:
    """Who can do something about a verdict, as a rule, in words."""
    ready = verdict.facts.reserved and not verdict.facts.mistake
    return "When you are ready" if ready else _TURNS[verdict.facts.who_acts]


@dataclass(frozen=True)
class Look:
    """A command for a terminal, in which `{label}` is CHALLENGE_LABEL, and what it prints."""

    command: str
    shows: str


@dataclass(frozen=True)
class VerdictHelp:
    """`means` is one short sentence and `why` another; `steps` are whole sentences in order. `words`: those of the
    glossary that its sentences on a domain's page need and nothing else there explains; `words_by_reason`: the
    same where a check gave this reason, and speaks of something else.
    """

    title: str
    means: str
    why: str
    steps: tuple[str, ...]
    looks: tuple[Look, ...]
    words: tuple[str, ...] = ()
    words_by_reason: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def words_for(self, reason: str) -> tuple[str, ...]:
        return self.words_by_reason.get(reason, self.words)


CHECK = "Come back to the page of your domain and press Verify."
LOOK_AT_NS = Look("dig NS chat.acme.com", "what the rest of the Internet sees.")
LOOK_AT_PARENT = Look(
    "dig NS chat.acme.com @ns1.provider.example +norecurse",
    "in the section AUTHORITY or ANSWER exactly our four name servers, once all is right.",
)
