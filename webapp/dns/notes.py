"""Notes on single answers: why a server was not asked, or what its answer does not tell, as codes and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: What reports of earlier releases say, which stored the sentence itself.
LEGACY = "legacy"

SENTENCES = {
    LEGACY: "{text}",
    # Addresses that are not asked.
    "no-ip-address": "“{address}” is not an IP address.",
    "not-public": "{address} is not an address that is reachable from the Internet.",
    "not-public-inside": "{address} stands for {inner}, which is not reachable from the Internet.",
    "refused-network": "{address} is in {network}, which the settings of this installation refuse.",
    # What became of one question.
    "no-queries-left": "The check had used up its queries.",
    "unreadable": "What came back could not be read as DNS.",
    "truncated": "The answer over UDP was cut off.",
    "response-code": "The response code was {rcode}.",
    "closed": "The server closed the connection without an answer.",
    "refused": "The server refused the connection.",
    "no-route": "There is no route from here to this address.",
    "network": "The network said: {said}.",
    # What one address may be asked.
    "silent-before": "{address} did not answer earlier in this check, so it is taken for silent.",
    "address-cap": "{address} had been asked {most} questions in this check, and gets no more.",
    "silent-cap": "{most} addresses did not answer in this check, so no further one is tried.",
    "address-rests": "{address} left too many questions without an answer lately, so it is not asked for a while.",
    # What other checks of the batch had asked.
    "resolver-had-said": "Our resolver had said so within the last {seconds} seconds, for another name.",
    "server-had-said": "It had said so within the last {seconds} seconds, for another name.",
    # Servers that were left out.
    "name-server-alias": "{server} is an alias, which a name server must not be.",
    "no-address": "{server} has no address that may be asked.",
    "answers-differ": "Our resolvers, or the zones themselves, disagree about {name}, so none is believed.",
    "one-of-ours": "{server} is one of ours; it would answer from our own zone.",
    "same-address": "{server} is at the same address as {other}, which is asked.",
    "beyond-cap": "Of {count} name servers of {zone}, {asked} are asked.",
    "above-not-asked": (
        "The servers of {start} could not be asked for those of {zone}, so our resolver’s word for them stands."
    ),
    # What is not kept.
    "name-servers-shown": "It lists {count} name servers; {shown} are shown.",
    "name-servers-cut": "The answer listed {count} name servers; not all are kept.",
    "answers-cut": "{count} further answers are not kept, because the report was too large.",
}


@dataclass(frozen=True)
class Note:
    """`code` is one of `SENTENCES`; `params` are JSON values that fill its sentence in."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code].format(**self.params)

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it; `from_dict` gives it back."""
        return {"code": self.code, "params": dict(self.params)} if self.params else {"code": self.code}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Note:
        return cls(data["code"], data.get("params", {}))
