"""Domains: list, register, read, change, remove, restore."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement
from sqlalchemy.orm import selectinload

from webapp.api.authentication import (
    account_needed,
    caller,
    needs,
    own_domain,
    require_change,
    select_domains,
    select_llm_clients,
)
from webapp.api.blueprint import location, resource
from webapp.api.document import Result, body, operation, query
from webapp.api.domains.answers import domain_answer, domain_summary
from webapp.api.domains.own import own_locked
from webapp.api.etags import require_match
from webapp.api.paging import paged
from webapp.api.problems import Problem
from webapp.api.refusals import refused
from webapp.api.schemas.domains.domains import Domain, DomainChange, DomainList, DomainsQuery, NewDomain
from webapp.api.transactions import after_commit
from webapp.checks.tasks import queue_open_check
from webapp.dns import names
from webapp.domains import assignment, lifecycle, limits, registration
from webapp.domains.listing import SHOWN
from webapp.domains.listing.ranks import WHOSE, Rank, rank_of_row
from webapp.domains.queries import in_state
from webapp.extensions import db, settings
from webapp.keys.access import reach
from webapp.models import DomainState, LLMClient, LLMClientCustomDomain, Method
from webapp.proofs import change as proof_change
from webapp.proofs import restore as proof_restore
from webapp.proofs.waking import wake_for

api = resource("domains")

_URGENT = (Rank.ALARM, Rank.FAILING, Rank.ACTION)


@api.get("/domains")
@operation(tag="domains", query=DomainsQuery, answers={200: DomainList})
@needs("domains:read")
def index() -> Result:
    """List domains.

    The newest first. Removed domains are not listed.
    """
    asked, row = query(DomainsQuery), LLMClientCustomDomain
    shown = (*SHOWN, row.llm_client, row.account)
    wanted = select_domains().where(row.state != DomainState.REMOVED, *_filters(asked))
    wanted = wanted.options(*map(selectinload, shown))
    if asked.needs_action is not None:
        wanted = wanted.params({WHOSE.key: account_needed().id})
    return paged(DomainList, wanted, row.id, asked, domain_summary)


def _filters(asked: DomainsQuery) -> Iterator[ColumnElement[bool]]:
    row = LLMClientCustomDomain
    if asked.state is not None:
        yield in_state(DomainState(asked.state))
    if asked.verdict is not None:
        yield row.verdict == asked.verdict
    if asked.name_contains:
        yield row.domain_name.contains(asked.name_contains.lower(), autoescape=True)
    if asked.created_after is not None:
        yield row.created_at > asked.created_after
    if asked.needs_action is not None:
        rank = rank_of_row()
        yield rank.in_(_URGENT) if asked.needs_action else rank.not_in(_URGENT)


@api.post("/domains")
@operation(tag="domains", body=NewDomain, answers={200: Domain, 201: Domain}, problems=(409,))
@needs("domains:write")
def create() -> Result:
    """Register a domain.

    A name that the account has already is answered with 200 and the domain as it stands, and nothing is changed.
    """
    wanted, account = body(NewDomain), account_needed()
    _require_reach(wanted.domain_name)
    client = None if wanted.llm_client_id is None else _client(wanted.llm_client_id)
    outcome = registration.register(
        account,
        wanted.domain_name,
        actor=caller().actor,
        settings=settings(),
        llm_client=client,
        method=Method(wanted.method) if wanted.method else None,
    )
    if isinstance(outcome, names.Refusal):
        in_method = outcome.code is names.RefusalCode.NOT_OFFERED
        raise refused(outcome, "/method" if in_method else "/domain_name")
    headers = {"Location": location("domains.show", domain_id=outcome.domain.id)}
    if outcome.existing:
        return domain_answer(outcome.domain), 200, headers
    after_commit(wake_for, outcome.domain)
    return domain_answer(outcome.domain), 201, headers


def _require_reach(typed: str) -> None:
    name = names.parse(typed).name
    if name is not None and not reach.reaches(caller().key, name.ascii):
        detail = "A test key reaches names below a reserved test domain alone, such as chat.example.test."
        raise Problem(403, "not-a-test-name", detail, pointer="/domain_name")


def _client(llm_client_id: int) -> LLMClient:
    client = db.session.scalar(select_llm_clients().where(LLMClient.id == llm_client_id))
    if client is None:
        detail = "The account has no LLM client with this id."
        raise Problem(422, "llm-client-unknown", detail, pointer="/llm_client_id")
    require_change(client, "/llm_client_id")
    return client


@api.get("/domains/<int:domain_id>")
@operation(tag="domains", answers={200: Domain}, problems=(404,))
@needs("domains:read")
def show(domain_id: int) -> Result:
    """Read a domain.

    Everything that its page tells, with the report of the last check.
    """
    return domain_answer(own_domain(domain_id))


@api.patch("/domains/<int:domain_id>")
@operation(tag="domains", body=DomainChange, answers={200: Domain}, problems=(404, 409))
@needs("domains:write")
def change(domain_id: int) -> Result:
    """Change the LLM client or the method of a domain.

    Only what is sent is changed.
    """
    wanted, domain = body(DomainChange), own_locked(domain_id)
    require_match(lambda: domain_answer(domain))
    if domain.held_at is not None:
        raise refused(limits.NotReady(limits.why_suspended(domain), "suspended"))
    if "llm_client_id" in wanted.model_fields_set:
        _lead(domain, wanted.llm_client_id)
    if "method" in wanted.model_fields_set:
        _prove_by(domain, Method(wanted.method))
    return domain_answer(domain)


def _lead(domain: LLMClientCustomDomain, llm_client_id: int | None) -> None:
    actor = caller().actor
    if llm_client_id is not None:
        refusal = assignment.attach(_client(llm_client_id), domain, actor=actor)
        if refusal is not None:
            raise refused(refusal, "/llm_client_id")
    elif domain.llm_client is not None:
        assignment.detach(domain.llm_client, actor=actor)


def _prove_by(domain: LLMClientCustomDomain, method: Method) -> None:
    refusal = proof_change.choose(domain, method, actor=caller().actor, settings=settings())
    if refusal is not None:
        raise Problem(409, "not-changed", refusal, pointer="/method")
    after_commit(wake_for, domain)


@api.delete("/domains/<int:domain_id>")
@operation(tag="domains", answers={202: Domain}, problems=(404,))
@needs("domains:write")
def remove(domain_id: int) -> Result:
    """Remove a domain.

    It is not served any more at once. It stays `removing` until its records are gone from the DNS, and can be
    restored for some days. To ask for it twice changes nothing.
    """
    domain = own_locked(domain_id)
    require_match(lambda: domain_answer(domain))
    lifecycle.remove(domain, actor=caller().actor)
    after_commit(wake_for, domain)
    headers = {"Location": location("domains.show", domain_id=domain_id), "Retry-After": "60"}
    return domain_answer(domain), 202, headers


@api.post("/domains/<int:domain_id>/restore")
@operation(tag="domains", answers={200: Domain}, problems=(404, 409))
@needs("domains:write")
def restore(domain_id: int) -> Result:
    """Take a removal back.

    The domain is pending again with the same records, which a check has to find.
    """
    domain = own_domain(domain_id)
    outcome = proof_restore.keep(domain, actor=caller().actor, settings=settings())
    if isinstance(outcome, proof_restore.NotKept):
        problem = refused(outcome)
        if outcome.seconds is not None:
            problem.headers["Retry-After"] = str(outcome.seconds)
        raise problem
    after_commit(wake_for, domain)
    after_commit(queue_open_check, domain)
    return domain_answer(domain)
