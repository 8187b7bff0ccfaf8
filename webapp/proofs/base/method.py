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
from webapp.proofs.base.words import MethodWords


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


class ProofMethod(ABC):
    """One way to prove a claim."""

    id: ClassVar[Method]
    #: What is said to whoever wants a check before there is anything to look for.
    preparing: ClassVar[str]
    words: ClassVar[MethodWords]

    @abstractmethod
    def expectations(self, domains: Sequence[LLMClientCustomDomain]) -> Mapping[int, AnyExpectation]:
        """What a check of each has to find, by the domains' ids. One query for all."""

    @abstractmethod
    def to_publish(self, domains: Sequence[LLMClientCustomDomain]) -> Mapping[int, tuple[str, ...]]:
        """What the people of each publish at their DNS provider, each record as “name type value”, by the domains' ids.
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
