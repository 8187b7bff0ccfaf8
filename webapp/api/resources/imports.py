"""Many names at once: a list is judged line by line, and registered when told to."""

from __future__ import annotations

from sqlalchemy import select

from webapp.api.authentication import account_needed, caller, needs
from webapp.api.blueprint import location, resource
from webapp.api.bodies import CSV
from webapp.api.document import Result, body, operation, query
from webapp.api.paging import paged
from webapp.api.problems import Problem, not_found
from webapp.api.schemas.paging import PageQuery
from webapp.api.schemas.resources import imports as schemas
from webapp.api.schemas.resources.imports import (
    Import,
    ImportLineList,
    ImportLinesQuery,
    ImportList,
    ImportWithVerdicts,
    NewImport,
    NewLine,
)
from webapp.api.transactions import after_commit
from webapp.extensions import db, settings
from webapp.imports import queries, result, service, work
from webapp.imports.lines import parsing
from webapp.imports.lines.parsing import Read
from webapp.imports.tasks import work_on
from webapp.jobs import clock
from webapp.messages.catalogue import sentence
from webapp.models import DomainImport, ImportLine, LineState, Message
from webapp.runtime.queue import queue
from webapp.web.bounded import MOST_ROW_ID
from webapp.web.streaming import download

api = resource("imports")

#: Seconds after which it is worth asking how far an import is.
ASK_AGAIN = "2"


@api.get("/imports")
@operation(tag="imports", query=PageQuery, answers={200: ImportList})
@needs("imports:read")
def index() -> Result:
    """List imports.

    The newest first. They are kept for some weeks; the domains that they registered stay.
    """
    wanted = select(DomainImport)
    if (account := caller().account) is not None:
        wanted = wanted.where(DomainImport.account_id == account.id)
    return paged(ImportList, wanted, DomainImport.id, query(PageQuery), import_answer)


@api.post("/imports")
@operation(
    tag="imports", body=NewImport, answers={201: ImportWithVerdicts}, problems=(403, 409), csv_field="csv"
)
@needs("imports:write")
def create() -> Result:
    """Have a list of names judged.

    Nothing is registered yet: each line gets the verdict that a registration would give. `POST
    /imports/{import_id}/runs` registers those that are ready. A file of CSV can be sent as it is, as `text/csv`.
    """
    wanted, account = body(NewImport), account_needed()
    if wanted.adopt and not caller().is_platform:
        raise Problem(403, "platform-only", "Only a key of the platform can take hosted zones over.")
    read = _read(wanted)
    made = service.create(account, read, actor=caller().actor, adopt=wanted.adopt)
    if isinstance(made, service.Refused):
        raise Problem(409, made.code, made.sentence)
    if not work.judge_at_once(made, settings(), clock.now()):
        after_commit(queue, work_on, made.id)
        verdicts = []
    else:
        verdicts = [line_answer(line) for line in queries.lines_of(made, limit=work.JUDGED)]
    told = ImportWithVerdicts(**result.import_document(made), verdicts=verdicts)
    return told, 201, {"Location": location("imports.show", import_id=made.id)}


def _read(wanted: NewImport) -> Read:
    if wanted.csv is None:
        return Read([_line(number, line) for number, line in enumerate(wanted.lines, 1)])
    read = parsing.read_text(wanted.csv)
    if isinstance(read, Message):
        raise Problem(422, "list-refused", sentence(read), pointer="/csv", reason=read.code)
    return read


def _line(number: int, sent: str | NewLine) -> parsing.Line:
    line = NewLine.model_validate({"domain_name": sent}) if isinstance(sent, str) else sent
    # PostgreSQL keeps no NUL, so that the name is told with a mark in its place.
    typed = line.domain_name.replace("\0", "\N{REPLACEMENT CHARACTER}")
    problem = Message("import.nul", {"line": number}) if typed != line.domain_name else None
    return parsing.Line(number, typed, line.llm_client, line.method, line.aws_hosted_zone_id, problem=problem)


@api.get("/imports/<int:import_id>")
@operation(tag="imports", answers={200: Import}, problems=(404,))
@needs("imports:read")
def show(import_id: int) -> Result:
    """Read how far an import is."""
    return import_answer(_own(import_id))


@api.delete("/imports/<int:import_id>")
@operation(tag="imports", answers={200: Import}, problems=(404, 409))
@needs("imports:write")
def cancel(import_id: int) -> Result:
    """Cancel an import.

    No more of its names are registered. Those that are registered stay.
    """
    import_ = _own(import_id)
    _require(service.cancel(import_, actor=caller().actor))
    return import_answer(import_)


@api.get("/imports/<int:import_id>/lines")
@operation(
    tag="imports",
    query=ImportLinesQuery,
    answers={200: ImportLineList},
    problems=(404,),
    name="list_import_lines",
)
@needs("imports:read")
def lines(import_id: int) -> Result:
    """List the lines of an import.

    In the order of the list, each with its verdict and, once it is registered, the id of its domain.
    """
    import_, asked = _own(import_id), query(ImportLinesQuery)
    # An unknown state is one that no line has.
    state = LineState(asked.result) if asked.result in set(LineState) else None
    wanted = queries.lines_query(import_, state)
    if asked.result is not None and state is None:
        wanted = wanted.where(ImportLine.id < 0)
    return paged(ImportLineList, wanted, ImportLine.id, asked, line_answer, oldest_first=True)


@api.get("/imports/<int:import_id>/result.csv")
@operation(tag="imports", answers={200: None}, problems=(404,), name="get_import_result", tells_csv=True)
@needs("imports:read")
def result_csv(import_id: int) -> Result:
    """Download what became of an import.

    Every line with its verdict, the state of its domain, and the records to enter, as the page's file has it.
    """
    import_ = _own(import_id)
    return download(result.as_csv(import_), CSV, f"import-{import_.id}.csv")


@api.post("/imports/<int:import_id>/runs")
@operation(tag="imports", answers={202: Import}, problems=(404, 409), name="run_import")
@needs("imports:write")
def run(import_id: int) -> Result:
    """Register the names of an import.

    Those whose line is ready, by a worker: ask for the import until its state is done.
    """
    import_ = _own(import_id)
    _require(service.begin(import_, actor=caller().actor))
    after_commit(queue, work_on, import_.id)
    where = location("imports.show", import_id=import_.id)
    return import_answer(import_), 202, {"Location": where, "Retry-After": ASK_AGAIN}


def _own(import_id: int) -> DomainImport:
    found = db.session.get(DomainImport, import_id) if import_id <= MOST_ROW_ID else None
    account = caller().account
    if found is None or (account is not None and found.account_id != account.id):
        raise not_found()
    return found


def _require(refused: service.Refused | None) -> None:
    if refused is not None:
        raise Problem(409, refused.code, refused.sentence)


def import_answer(import_: DomainImport) -> Import:
    return Import(**result.import_document(import_))


def line_answer(line: ImportLine) -> schemas.ImportLine:
    return schemas.ImportLine(**result.line_document(line))
