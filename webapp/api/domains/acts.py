"""What else can be done with a domain: its certificate, a look from outside, the confirmation of what stops, what to
type.
"""

from __future__ import annotations

from webapp.api.authentication import caller, needs, own_domain
from webapp.api.blueprint import location, resource
from webapp.api.document import Result, operation
from webapp.api.domains.answers import domain_answer
from webapp.api.domains.own import own_locked
from webapp.api.refusals import refused
from webapp.api.schemas.domains.checks import Begun
from webapp.api.schemas.domains.domains import Domain
from webapp.api.schemas.domains.instructions import Instructions
from webapp.api.transactions import after_commit
from webapp.certificates import retry
from webapp.certificates.tasks import see_to_certificate
from webapp.documents.instructions import instructions as instructions_document
from webapp.domain_page.reading import domain_page
from webapp.domain_page.status import existing_records
from webapp.extensions import settings
from webapp.models import utcnow
from webapp.probes import lifecycle as probes
from webapp.probes.tasks import probe_name
from webapp.runtime.queue import queue

api = resource("acts")


@api.post("/domains/<int:domain_id>/certificate/retries")
@operation(tag="domains", answers={202: Begun}, problems=(404, 409), name="retry_certificate")
@needs("domains:write")
def retry_certificate(domain_id: int) -> Result:
    """Try the certificate again, once what blocked it is fixed."""
    outcome = retry.by_owner(own_locked(domain_id), actor=caller().actor, settings=settings())
    if not isinstance(outcome, retry.Retried):
        raise refused(outcome)
    after_commit(queue, see_to_certificate, outcome.certificate_id)
    return _begun(domain_id, "What blocked the certificate is checked now.")


@api.post("/domains/<int:domain_id>/probes")
@operation(tag="domains", answers={202: Begun}, problems=(404, 409), name="request_probe")
@needs("domains:write")
def look(domain_id: int) -> Result:
    """Look at a live name now, as its visitors do."""
    refusal = probes.look_now(own_locked(domain_id), settings())
    if refusal is not None:
        raise refused(refusal)
    after_commit(queue, probe_name, domain_id)
    return _begun(domain_id, "The name is checked from outside now.")


def _begun(domain_id: int, sentence: str) -> tuple[Begun, int, dict[str, str]]:
    headers = {"Location": location("domains.show", domain_id=domain_id), "Retry-After": "5"}
    return Begun(domain_id=domain_id, sentence=sentence), 202, headers


@api.post("/domains/<int:domain_id>/acknowledgement")
@operation(tag="domains", answers={200: Domain}, problems=(404,))
@needs("domains:write")
def acknowledge(domain_id: int) -> Result:
    """Confirm that you know what stops at the name with the new records.

    The instructions tell what stops. To confirm it twice changes nothing.
    """
    domain = own_locked(domain_id)
    page = domain_page(domain, settings(), utcnow())
    if page.zone is not None and page.existing is not None and not page.suspended:
        existing_records.acknowledge(page.zone, page.existing, caller().actor, utcnow())
    return domain_answer(domain)


@api.get("/domains/<int:domain_id>/instructions")
@operation(tag="domains", answers={200: Instructions}, problems=(404,), name="get_instructions")
@needs("domains:read")
def instructions(domain_id: int) -> Result:
    """Read what to type at the DNS provider.

    The records, in formats for tools, and as a text that can be sent to whoever manages the DNS.
    """
    page = domain_page(own_domain(domain_id), settings(), utcnow())
    return Instructions.model_validate(instructions_document(page))
