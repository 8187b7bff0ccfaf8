"""What is drawn: the facts of a domain's page, as far as the picture needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from webapp.certificates.status import CertificateStatus
from webapp.dns.delegation import as_typed
from webapp.dns.judgement.report import Report
from webapp.dns.providers import Provider
from webapp.domain_page.own_records.to_type import Part, RecordsToType
from webapp.domain_page.picture.nodes import Kind
from webapp.domain_page.proving.methods import ToType
from webapp.domain_page.records.instructions import Value
from webapp.domains.contests import InTheWay
from webapp.domains.rules.status import Situation
from webapp.live.status import ProbeStatus
from webapp.messages import formatting
from webapp.models import DomainState, LLMClientCustomDomain, Method
from webapp.proofs.base.method import Preparation, Stage

#: Which part of the records method is which node.
_PARTS = {Kind.TOKEN: Part.RESERVE, Kind.TARGET: Part.SWITCH}


class Says(Protocol):
    """What is read of its statement."""

    @property
    def situation(self) -> Situation: ...


class Page(Protocol):
    """What is read of a domain's page, which has more."""

    @property
    def domain(self) -> LLMClientCustomDomain: ...
    @property
    def report(self) -> Report | None: ...
    @property
    def latest(self) -> Report | None: ...
    @property
    def todo(self) -> ToType | None: ...
    @property
    def preparation(self) -> Preparation: ...
    @property
    def provider(self) -> Provider | None: ...
    @property
    def certificate(self) -> CertificateStatus | None: ...
    @property
    def probe(self) -> ProbeStatus | None: ...
    @property
    def suspended(self) -> bool: ...
    @property
    def denied(self) -> bool: ...
    @property
    def refused(self) -> InTheWay | None: ...
    @property
    def alarming(self) -> bool: ...
    @property
    def statement(self) -> Says: ...


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`report` and `latest` are those of the page: the one that says something about the records, and the newest.
    `values` are those to type, and `there` what stands in their place, by the node.
    `undecided`: something stops with the new records, and nobody has confirmed yet that they know it.
    `denied`: no record changes anything. `shut` says why the name is not served whatever DNS says; `contested`: two
    accounts claim it.
    `anchors` are the ids of the places that the page has for evidence. `stranger`: the reader may know of the records
    alone.
    """

    host: str
    zone: str
    state: DomainState
    method: Method = Method.DELEGATION
    report: Report | None = None
    latest: Report | None = None
    values: Mapping[Kind, tuple[Value, ...]] = field(default_factory=dict)
    there: Mapping[Kind, tuple[str, ...]] = field(default_factory=dict)
    apex: bool = False
    once_verified: bool = False
    stage: Stage = Stage.READY
    alarm: bool = False
    undecided: bool = False
    denied: bool = False
    provider: str = ""
    certificate: CertificateStatus | None = None
    probe: ProbeStatus | None = None
    client: str | None = None
    deployed: bool = True
    shut: str = ""
    contested: bool = False
    anchors: frozenset[str] = frozenset()
    stranger: bool = False

    @property
    def seen(self) -> Report | None:
        """The report whose records are drawn: the page's, or the first one that could not ask."""
        return self.report or self.latest

    @property
    def served(self) -> bool:
        """Whether the name is served as far as its state goes."""
        return self.state in {DomainState.VERIFIED, DomainState.FAILING}

    def evidence(self, *places: str) -> str:
        """The first of these places that the page has."""
        return next((place for place in places if place in self.anchors), "")


def scene_of(page: Page, *, stranger: bool = False) -> Scene:
    domain, todo, refused = page.domain, page.todo, page.refused
    client = None if stranger else domain.llm_client
    contested = refused is not None and refused.contested
    zone = todo.parent_zone if todo is not None else domain.domain_name.partition(".")[2]
    return Scene(
        host=formatting.shown(domain.domain_name),
        zone=formatting.shown(zone),
        state=domain.state,
        method=domain.method,
        report=page.report,
        latest=page.latest,
        values=_values(todo),
        there=_there(todo),
        apex=isinstance(todo, RecordsToType) and todo.apex,
        once_verified=domain.verified_at is not None,
        stage=page.preparation.stage,
        alarm=page.alarming,
        undecided=page.statement.situation is Situation.DECISION,
        denied=page.denied,
        provider=page.provider.name if page.provider else "",
        certificate=None if stranger else page.certificate,
        probe=None if stranger else page.probe,
        client=client.name if client else None,
        deployed=client is None or client.deployed,
        shut=_shut(page, contested=contested),
        contested=contested,
        anchors=frozenset(_anchors(page, stranger=stranger)),
        stranger=stranger,
    )


def _values(todo: ToType | None) -> dict[Kind, tuple[Value, ...]]:
    if todo is None:
        return {}
    if isinstance(todo, RecordsToType):
        return {
            kind: tuple(Value(line.value, line.mark) for line in todo.of(part))
            for kind, part in _PARTS.items()
        }
    return {Kind.NAME_SERVERS: tuple(value for group in todo.groups for value in group.values)}


def _there(todo: ToType | None) -> dict[Kind, tuple[str, ...]]:
    if todo is None:
        return {}
    if isinstance(todo, RecordsToType):
        return {
            kind: tuple(as_typed(line.value) if line.type == "CNAME" else line.value for line in lines)
            for kind, part in _PARTS.items()
            if (lines := todo.gives_way(part))
        }
    return {Kind.NAME_SERVERS: todo.unexpected}


def _shut(page: Page, *, contested: bool) -> str:
    if page.suspended:
        return "Suspended"
    return "Not served" if page.denied or (page.refused is not None and not contested) else ""


def _anchors(page: Page, *, stranger: bool) -> list[str]:
    places = []
    if page.todo is not None and not page.denied:
        own = isinstance(page.todo, RecordsToType)
        places += ["records", *(f"records-{part.value}" for part in _PARTS.values() if own)]
    if stranger:
        return places
    places += ["saw-facts"] if page.latest is not None or page.report is not None else []
    places += ["certificate"] if page.certificate is not None else []
    return [*places, "outside"] if page.probe is not None else places
