"""Whether the dashboard's own port answers proxies and visitors of customers' names, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from webapp.extensions import db
from webapp.models import DomainState

PROOF = "/.well-known/nameplate/0123456789abcdefghijkl"
ASKED = ("/edge/ask?domain=chat.acme.test", "/edge/route?domain=chat.acme.test", "/edge/traefik", PROOF)


@pytest.mark.parametrize(("chosen", "status"), [("yes", 200), ("no", 404)])
def test_proxies_and_visitors_are_answered_unless_they_are_not_to_be(
    tmp_path: Path, chosen: str, status: int
) -> None:
    app = make_app(tmp_path, database_url=f"sqlite:///{tmp_path / 'nameplate.sqlite'}", edge_on_web=chosen)
    with app.app_context():
        db.create_all()
        domain = make_domain(make_account(), state=DomainState.VERIFIED)
        make_llm_client(domain.account, deployed=True, custom_domain=domain)
        db.session.commit()
        web = app.test_client()
        for path in ASKED:
            host = "chat.acme.test" if path == PROOF else "localhost"
            answer = web.get(path, headers={"Host": host})
            assert answer.status_code == status, path
            assert (answer.mimetype == "text/html") is (chosen == "no"), path
        nobody = web.get("/edge/nobody")
        assert ("Nameplate-Answer" in nobody.headers) is (chosen == "yes")
        assert (nobody.mimetype == "text/html") is (chosen == "no")
        for path in ("/login", "/healthz"):
            assert web.get(path).status_code == 200
        assert web.get("/readyz").status_code in {200, 503}
        db.session.remove()
        db.engine.dispose()
