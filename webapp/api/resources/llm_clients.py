"""LLM clients: what visitors reach at a domain."""

from __future__ import annotations

from sqlalchemy.orm import selectinload

from webapp.api.authentication import (
    account_needed,
    also_needs,
    caller,
    needs,
    own_llm_client,
    require_change,
    select_domains,
    select_llm_clients,
)
from webapp.api.blueprint import location, resource
from webapp.api.document import Result, body, operation, query
from webapp.api.etags import require_match
from webapp.api.paging import paged
from webapp.api.problems import Problem
from webapp.api.refusals import refused
from webapp.api.schemas.resources.llm_clients import LLMClient as LLMClientTold
from webapp.api.schemas.resources.llm_clients import (
    LLMClientChange,
    LLMClientList,
    LLMClientsQuery,
    NewLLMClient,
)
from webapp.domains import assignment
from webapp.domains.locks import lock_account
from webapp.extensions import db
from webapp.llm_clients import services
from webapp.models import LLMClient, LLMClientCustomDomain, ValidationError

api = resource("llm_clients")


@api.get("/llm-clients")
@operation(tag="llm-clients", query=LLMClientsQuery, answers={200: LLMClientList})
@needs("llm-clients:read")
def index() -> Result:
    """List LLM clients.

    The newest first.
    """
    asked = query(LLMClientsQuery)
    wanted = select_llm_clients().options(
        selectinload(LLMClient.account), selectinload(LLMClient.custom_domain)
    )
    if asked.name_contains:
        wanted = wanted.where(LLMClient.name.icontains(asked.name_contains, autoescape=True))
    return paged(LLMClientList, wanted, LLMClient.id, asked, llm_client_answer)


@api.post("/llm-clients")
@operation(tag="llm-clients", body=NewLLMClient, answers={201: LLMClientTold}, problems=(409,))
@needs("llm-clients:write")
def create() -> Result:
    """Create an LLM client."""
    wanted = body(NewLLMClient)
    try:
        client = services.create(
            account_needed(), wanted.name, deployed=wanted.deployed, is_test=caller().key.is_test
        )
    except ValidationError as err:
        raise Problem(409, "llm-client-refused", err.message, pointer="/name") from None
    db.session.flush()
    where = location("llm_clients.show", llm_client_id=client.id)
    return llm_client_answer(client), 201, {"Location": where}


@api.get("/llm-clients/<int:llm_client_id>")
@operation(tag="llm-clients", answers={200: LLMClientTold}, problems=(404,))
@needs("llm-clients:read")
def show(llm_client_id: int) -> Result:
    """Read an LLM client."""
    return llm_client_answer(own_llm_client(llm_client_id))


@api.patch("/llm-clients/<int:llm_client_id>")
@operation(tag="llm-clients", body=LLMClientChange, answers={200: LLMClientTold}, problems=(404, 409))
@needs("llm-clients:write")
def change(llm_client_id: int) -> Result:
    """Change an LLM client.

    Only what is sent is changed. The default host stays, because people have bookmarked it. `domain_id` changes what
    visitors of a domain reach, so that the key needs `domains:write` for it as well. A test key changes those alone
    that a test key made.
    """
    wanted, client = body(LLMClientChange), own_llm_client(llm_client_id)
    require_change(client)
    if "domain_id" in wanted.model_fields_set:
        also_needs("domains:write")
    lock_account(client.account)
    client = own_llm_client(llm_client_id)
    db.session.refresh(client)
    require_match(lambda: llm_client_answer(client))
    sent = wanted.model_fields_set
    if sent & {"name", "deployed"}:
        services.change(
            client,
            name=wanted.name if "name" in sent else client.name,
            deployed=wanted.deployed if "deployed" in sent else client.deployed,
        )
    if "domain_id" in sent:
        _serve_at(client, wanted.domain_id)
    return llm_client_answer(client)


@api.delete("/llm-clients/<int:llm_client_id>")
@operation(tag="llm-clients", answers={204: None}, problems=(404, 409))
@needs("llm-clients:write")
def delete(llm_client_id: int) -> Result:
    """Delete an LLM client.

    Nobody answers at its default host from then on. One that a domain leads to is not deleted: give the domain
    another LLM client, or none, first. A test key deletes those alone that a test key made.
    """
    client = own_llm_client(llm_client_id)
    require_change(client)
    lock_account(client.account)
    client = own_llm_client(llm_client_id)
    db.session.refresh(client)
    require_match(lambda: llm_client_answer(client))
    refusal = services.delete(client, actor=caller().actor)
    if refusal is not None:
        raise refused(refusal)
    return "", 204


def _serve_at(client: LLMClient, domain_id: int | None) -> None:
    actor = caller().actor
    if domain_id is None:
        refusal = assignment.refusal_to_detach(client)
        if refusal is None:
            assignment.detach(client, actor=actor)
    else:
        refusal = assignment.attach(client, _domain(domain_id), actor=actor)
    if refusal is not None:
        raise refused(refusal, "/domain_id")


def _domain(domain_id: int) -> LLMClientCustomDomain:
    domain = db.session.scalar(select_domains().where(LLMClientCustomDomain.id == domain_id))
    if domain is None:
        detail = "The account has no domain with this id."
        raise Problem(422, "domain-unknown", detail, pointer="/domain_id")
    return domain


def llm_client_answer(client: LLMClient) -> LLMClientTold:
    domain = client.custom_domain
    return LLMClientTold(
        id=client.id,
        name=client.name,
        account=client.account.number,
        deployed=client.deployed,
        test=client.is_test,
        default_host=client.default_host,
        hostname=client.hostname,
        domain={"id": domain.id, "domain_name": domain.domain_name} if domain else None,  # type: ignore[arg-type]
        dns_status=client.dns_verification_status.value,
        certificate_status=client.tls_certificate_issuance_status.value,
        created_at=client.created_at,
    )
