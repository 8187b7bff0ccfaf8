"""The button “Check now” on the page of a domain."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from webapp.auth.access import own_domain_or_404, sign_in_required
from webapp.domains.locks import lock_domain
from webapp.extensions import db, settings
from webapp.live.status import probe_status
from webapp.probes import lifecycle
from webapp.probes.tasks import probe_name
from webapp.runtime.queue import queue

probes = Blueprint("probes", __name__, url_prefix="/domains")


@probes.before_request
@sign_in_required
def _signed_in() -> None:
    """Every address here needs somebody who is signed in."""


@probes.post("/<int:domain_id>/probes")
def look(domain_id: int) -> Response:
    domain = own_domain_or_404(domain_id)
    if not lock_domain(domain):
        abort(404)
    refusal = lifecycle.look_now(domain, settings())
    db.session.commit()
    if refusal is None:
        queue(probe_name, domain_id)
        flash(
            "We check now. The answer is here in a few seconds; without scripts, load the page again.", "info"
        )
    else:
        flash(refusal.sentence, "warning")
    return redirect(url_for("domains.show", domain_id=domain_id, _anchor="outside"), code=303)


probes.add_app_template_global(probe_status)
