"""A platform of a test's own: names in every state, the LLM clients behind them, and Nameplate's edge services, which
a proxy as deploy/ ships it asks.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, Executable, NullPool, create_engine, text, update

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from tests.servers import edges
from tests.servers.programs import free_port, listens
from tests.service.nameplate import Nameplate, Visitor
from webapp.edge.served_names.served import domain
from webapp.extensions import db
from webapp.models import DomainState, utcnow

TOKEN = "only-for-tests-edge-token"
SECRET_KEY = "only-for-tests-0123456789"
ACCOUNT = "1234-5678-9012"
#: LLM clients: one whose certificate is another's, one whose certificate nobody has signed, and the right ones.
IMPOSTOR, STRANGER = "impostor", "stranger"
PATIENCE_SECONDS = 60

#: Names whose LLM clients are deployed, by state.
NAMES = {
    "chat.acme.test": DomainState.VERIFIED,
    "chat.xn--strae-oqa.test": DomainState.VERIFIED,
    "failing.acme.test": DomainState.FAILING,
    "leaving.acme.test": DomainState.VERIFIED,
    "impostor.acme.test": DomainState.VERIFIED,
    "stranger.acme.test": DomainState.VERIFIED,
    "suspended.acme.test": DomainState.VERIFIED,
    **{f"{state.value}.acme.test": state for state in DomainState if not state.is_verified},
}
#: For which nobody's page is shown. The last two are known to nobody, and have no LLM client.
NOBODYS = (
    *(name for name, state in NAMES.items() if not state.is_verified),
    *("suspended.acme.test", "unknown.acme.test", "clientless.acme.test"),
)


def host_of(label: str) -> str:
    return f"{label}.{ACCOUNT}.api.platform.example"


def label_of(name: str) -> str:
    return name.partition(".")[0] if name.endswith(".acme.test") else "other"


@dataclass
class Platform:
    """Two edge services of Nameplate, the LLM clients, and what a proxy has to know of them."""

    nameplate: Nameplate
    clients: edges.LlmClients
    behind: edges.Behind
    engine: Engine
    ids: Mapping[str, int]
    nodes: dict[int, tuple[ExitStack, subprocess.Popen[bytes]]] = field(default_factory=dict)

    def start(self, number: int) -> subprocess.Popen[bytes]:
        """What a node of before has printed stays in a file of its own."""
        stack = ExitStack()
        name = f"edge{number}-{sum(1 for _ in self.nameplate.directory.glob(f'edge{number}-*'))}"
        process = stack.enter_context(self.nameplate.edge(name, self.behind.services[number]))
        self.nodes[number] = stack, process
        return process

    def stop(self, number: int, by: signal.Signals) -> None:
        stack, process = self.nodes.pop(number)
        process.send_signal(by)
        process.wait(PATIENCE_SECONDS)
        # Workers of one that was killed notice it a moment later.
        eventually(lambda: not listens(self.behind.services[number]))
        stack.close()

    def all_nodes(self) -> None:
        for number in {0, 1} - set(self.nodes):
            self.start(number)

    def healthy(self, number: int) -> bool:
        try:
            return Visitor(f"http://127.0.0.1:{self.behind.services[number]}").status("/healthz") == 200
        except OSError:
            return False

    def decide(self, name: str, state: DomainState, *, suspended: bool = False) -> None:
        """Committed when this returns."""
        served = state.is_verified and not suspended
        held_at = utcnow() if suspended else None
        self._execute(
            update(domain)
            .where(domain.c.domain_name == name)
            .values(state=state.value, held_at=held_at, is_verified=served)
        )

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Inside the block every question of Nameplate to the database is a fault."""
        self._execute(text("ALTER TABLE account RENAME TO away"))
        try:
            yield
        finally:
            self._execute(text("ALTER TABLE away RENAME TO account"))

    def _execute(self, statement: Executable) -> None:
        with self.engine.begin() as connection:
            connection.execute(statement)


@contextmanager
def platform_in(directory: Path, url: str) -> Iterator[Platform]:
    """`url`: of a database with all migrations run, and nothing in it."""
    ids = make_names(directory, url)
    right, context = edges.certified(directory / "right", *{host_of(label_of(name)) for name in NAMES})
    other, of_another = edges.certified(directory / "other", "somebody-else.example")
    _, unsigned = edges.certified(directory / "unsigned", host_of(STRANGER))
    contexts = {"": context, host_of(IMPOSTOR): of_another, host_of(STRANGER): unsigned}
    with ExitStack() as stack:
        clients, port = stack.enter_context(edges.llm_clients(contexts))
        behind = edges.Behind(
            services=(free_port(), free_port()),
            client=port,
            dns=stack.enter_context(edges.resolver()),
            authority=edges.authority_of(directory / "authority.pem", right, other),
            token=TOKEN,
        )
        settings = {"SECRET_KEY": SECRET_KEY, "EDGE_TOKEN": TOKEN, "DATABASE_URL": url}
        nameplate = Nameplate(directory, **settings, PUBLIC_URL="https://nameplate.example")
        engine = create_engine(url, poolclass=NullPool)
        platform = Platform(nameplate, clients, behind, engine, ids)
        try:
            yield platform
        finally:
            for started, _ in platform.nodes.values():
                started.close()


def make_names(directory: Path, url: str) -> dict[str, int]:
    """The ids of the claims."""
    app = make_app(directory, database_url=url)
    with app.app_context():
        account = make_account(number=ACCOUNT)
        domains = {name: make_domain(account, name, state) for name, state in NAMES.items()}
        for name, claim in domains.items():
            make_llm_client(account, label_of(name), deployed=True, custom_domain=claim)
        domains["suspended.acme.test"].held_at = utcnow()
        make_domain(account, "clientless.acme.test", DomainState.VERIFIED)
        db.session.commit()
        ids = {name: claim.id for name, claim in domains.items()}
        db.engine.dispose()
    return ids


def eventually(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)
