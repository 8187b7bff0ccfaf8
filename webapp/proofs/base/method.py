"""What every method of proof answers. Whoever asks knows no record type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from webapp.config.settings import Settings
from webapp.dns.methods import AnyExpectation
from webapp.models import LLMClientCustomDomain, Message, Method
from webapp.proofs.base.leftovers import Leftovers
from webapp.proofs.base.words import MethodWords
from webapp.runtime.queue import Delayable


class Stage(StrEnum):
    """How far our side of a claim has come."""

    #: It is made; what there is to publish is not known yet.
    MAKING = "making"
    #: It cannot be made now, for a reason on our side.
    PARKED = "parked"
    #: It can never be made.
    REFUSED = "refused"
    #: The records to publish are known and stay as they are.
    READY = "ready"


@dataclass(frozen=True)
class Preparation:
    """`problem`: what keeps it from being ready, if it is known."""

    stage: Stage
    problem: Message | None = None

    @property
    def ready(self) -> bool:
        return self.stage is Stage.READY


@dataclass(frozen=True)
class Wake:
    """A task with the row that it is to take up at once, for after the commit. A sweep finds the row as well."""

    task: Delayable
    row_id: int


@dataclass(frozen=True)
class Keepable:
    """Whether a removal can be taken back, as far as our side of the claim goes. `refusal`: why not, as a sentence.

    `until`: when it may be over at the latest, where that is known.
    """

    refusal: str | None = None
    until: datetime | None = None


class ProofMethod(ABC):
    """One way to prove a claim."""

    id: ClassVar[Method]
    #: What is said to whoever wants a check before there is anything to look for.
    preparing: ClassVar[str]
    words: ClassVar[MethodWords]

    @abstractmethod
    def expectations(self, domains: Sequence[LLMClientCustomDomain]) -> Mapping[int, AnyExpectation]:
        """What a check of each has to find, by the domains' ids. One query for all. Claims that have nothing to find
        yet may be left out.
        """

    @abstractmethod
    def to_publish(self, domains: Sequence[LLMClientCustomDomain]) -> Mapping[int, tuple[str, ...]]:
        """What the people of each publish at their provider, each record as “name type value”, by the domains' ids.
        Those of which it may still change are left out. Few queries for all.
        """

    @abstractmethod
    def refusal(self, domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> str | None:
        """Why a claim that has another method cannot change to this one now, in a sentence."""

    @abstractmethod
    def prepare(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        """Add the rows of what the claim needs on our side, unless it has them; a worker does the rest."""

    @abstractmethod
    def preparation(self, domain: LLMClientCustomDomain) -> Preparation:
        """How far that is."""

    @abstractmethod
    def checkable(self, domain: LLMClientCustomDomain) -> bool:
        """Whether a check could find anything yet."""

    @abstractmethod
    def hasten(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        """Go on at once with what is in the making: somebody waits for it."""

    @abstractmethod
    def entered(self, domain: LLMClientCustomDomain) -> None:
        """The claim is proved by this method from now on."""

    @abstractmethod
    def let_go(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        """Give back what the claim had on our side. Nothing is led there by this method any more."""

    @abstractmethod
    def waiting(self, domain: LLMClientCustomDomain, now: datetime) -> tuple[Wake, ...]:
        """What a worker can begin with at once, because of what was just written."""

    @abstractmethod
    def look_now(self, domain: LLMClientCustomDomain, now: datetime) -> tuple[Wake, ...]:
        """Of a domain that is being removed: look at once whether its records are gone. Nothing while one looks."""

    def leftovers(self, domain: LLMClientCustomDomain, now: datetime) -> Leftovers | None:  # noqa: ARG002
        """Of a domain that is being removed: the records that its people still have to delete; None without any.

        The page of a zone that leaves has more to say: `webapp.domain_page.status.removal_instructions`.
        """
        return None

    @abstractmethod
    def keepable(self, domain: LLMClientCustomDomain, now: datetime) -> Keepable:
        """Whether the same records could be used again if the removal were taken back now."""

    @abstractmethod
    def take_back(self, domain: LLMClientCustomDomain, now: datetime) -> bool:
        """Have what is keepable in use again. True when the check has to wait until a worker lets go of it."""
