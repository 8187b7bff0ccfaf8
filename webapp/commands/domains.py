"""`flask domains`: custom domains from a shell."""

from __future__ import annotations

import sys
import time

import click

from webapp.audit.log import COMMAND
from webapp.checks import request, tasks
from webapp.commands import sweeping, texts
from webapp.commands.find import account_numbered, account_option, domain_named, domains_in, llm_client_of
from webapp.commands.output import Exit, Group, Stop, cut, emit, json_option, limit_option, tell
from webapp.dns import names
from webapp.documents.checks import check_document, latest_report
from webapp.documents.whole import whole_document
from webapp.domains import assignment, lifecycle, registration
from webapp.edge.dashboard.verified_names import served_names
from webapp.extensions import db, settings
from webapp.messages.formatting import clock
from webapp.models import (
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    LLMClient,
    LLMClientCustomDomain,
    Method,
    utcnow,
)
from webapp.proofs import change, restore
from webapp.proofs.documents import domain_documents
from webapp.proofs.waking import wake_for
from webapp.reports.rows import report_of

domains = Group("domains", help="Register, check and remove custom domains.")

ON_HOLD = "on-hold"
METHODS = [one.value for one in Method]
#: How long a worker may take to pick a check up before this process does the work itself.
PATIENCE_SECONDS = 3.0
PAUSE_SECONDS = 0.2
_WHOSE = "Whose claim is meant, when several accounts have one."


@domains.command()
@click.argument("name")
@account_option("The account that the domain is for.", required=True)
@click.option("--llm-client", "client_name", metavar="NAME", help="The LLM client that visitors reach there.")
@click.option(
    "--method", type=click.Choice(METHODS), help="How it is proved; the first of METHODS by default."
)
@json_option
def register(*, name: str, number: str, client_name: str | None, method: str | None, as_json: bool) -> None:
    """Claim NAME for an account. Doing it twice changes nothing."""
    account = account_numbered(number, living=True)
    client = llm_client_of(account, client_name) if client_name else None
    chosen = Method(method) if method else None
    result = registration.register(
        account, name, actor=COMMAND, settings=settings(), llm_client=client, method=chosen
    )
    if isinstance(result, names.Refusal):
        raise _refused(result)
    if result.existing and client is not None:
        _attach(client, result.domain)
    db.session.commit()
    if not result.existing:
        wake_for(result.domain)
    for sentence in _remarks(result):
        tell(sentence)
    [document] = domain_documents([result.domain])
    document |= {"existing": result.existing, "understood": list(result.understood)}
    emit(document, texts.registered_lines(result, chosen), as_json=as_json)


def _attach(client: LLMClient, domain: LLMClientCustomDomain) -> None:
    refusal = assignment.attach(client, domain, actor=COMMAND)
    if refusal is not None:
        raise _refused(refusal)


def _remarks(result: registration.Registered) -> list[str]:
    lookalike = names.lookalike_warning(names.HostName(result.domain.domain_name))
    return [*result.understood, *([lookalike] if lookalike else [])]


def _refused(refusal: names.Refusal) -> Stop:
    more = {"code": refusal.code.value, "reason": refusal.reason, "suggestion": refusal.suggestion}
    return Stop(Exit.REFUSED, refusal.sentence, **more)


@domains.command("list")
@account_option("Only this account’s.")
@click.option(
    "--state",
    type=click.Choice([*(state.value for state in DomainState), ON_HOLD]),
    help="Only in this state; those suspended are in none of the others.",
)
@limit_option
@click.option(
    "--after", type=click.IntRange(min=1), metavar="ID", help="Only those behind the one with this id."
)
@json_option
def list_(
    *, number: str | None, state: str | None, limit: int | None, after: int | None, as_json: bool
) -> None:
    """All domains, newest first, printed while they are read."""
    account = account_numbered(number) if number else None
    only_suspended = state == ON_HOLD
    wanted = DomainState(state) if state and not only_suspended else None
    found = cut(
        domains_in(account, wanted, only_suspended=only_suspended, after=after), limit, lambda one: one.id
    )
    listed = (document for some in found for document in domain_documents(some))
    emit(listed, texts.list_lines(found), as_json=as_json)


@domains.command("method")
@click.argument("name")
@click.argument("method", type=click.Choice(METHODS))
@account_option(_WHOSE)
@json_option
def change_method(name: str, method: str, number: str | None, as_json: bool) -> None:
    """Have NAME proved by METHOD. A name that is served goes on by its old method until the new one proves it."""
    domain = domain_named(name, number)
    refusal = change.choose(domain, Method(method), actor=COMMAND, settings=settings())
    if refusal is not None:
        raise Stop(Exit.REFUSED, refusal)
    db.session.commit()
    wake_for(domain)
    report = latest_report(domain)
    emit(whole_document(domain), texts.method_lines(domain, report), as_json=as_json)


@domains.command()
@click.argument("name")
@account_option(_WHOSE)
@json_option
def show(name: str, number: str | None, as_json: bool) -> None:
    """What is known of NAME: state, records to add, the last check."""
    domain = domain_named(name, number)
    report = latest_report(domain)
    emit(whole_document(domain), texts.domain_lines(domain, report), as_json=as_json)


@domains.command()
@click.argument("name")
@account_option(_WHOSE)
@click.option("--wait", is_flag=True, help="Wait for the result, and exit with 0, 1 or 4 by it.")
@click.option("--timeout", type=click.FloatRange(min=1), default=60, show_default=True, metavar="SECONDS")
@json_option
def check(name: str, number: str | None, wait: bool, timeout: float, as_json: bool) -> None:
    """Ask DNS who controls NAME."""
    domain = domain_named(name, number)
    result = request.request_check(domain, origin=CheckOrigin.COMMAND, actor=COMMAND, settings=settings())
    db.session.commit()
    if not isinstance(result, request.CheckRequested | request.ParentCheckRequested):
        refused = domain.state.is_gone or domain.held_at is not None
        raise Stop(Exit.REFUSED if refused else Exit.COULD_NOT_CHECK, result.sentence)
    tasks.queue_request(result)
    if isinstance(result, request.ParentCheckRequested):
        sentence = f"{domain.domain_name} is being removed. We check now whether its records are gone."
        raise Stop(Exit.REFUSED, sentence)
    if wait:
        _wait_for(domain, result.check, timeout, as_json)
        return
    document = {"domain_name": domain.domain_name, "account": domain.account.number, "new": result.new}
    lines = [
        f"A check of {domain.domain_name} is {'requested' if result.new else 'under way already'}.",
        f"Next: flask domains show {domain.domain_name}, or add --wait.",
    ]
    emit({**document, "check": check_document(result.check)}, lines, as_json=as_json)


def _wait_for(domain: LLMClientCustomDomain, started: Check, timeout: float, as_json: bool) -> None:
    tell(f"Checking {domain.domain_name} …")
    done = follow(started.id, timeout)
    report = report_of(done)
    if done is None or report is None:
        sentence = f"The check of {domain.domain_name} did not end within {timeout:g} s. It goes on."
        raise Stop(Exit.COULD_NOT_CHECK, sentence)
    db.session.refresh(domain)
    document = {**whole_document(domain), "check": check_document(done)}
    emit({**document, "report": report.to_dict()}, texts.report_lines(domain, report), as_json=as_json)
    click.get_current_context().exit(texts.outcome_of(domain, report).value)


def follow(check_id: int, timeout: float) -> Check | None:
    """The check once it is done, or None when that took longer than `timeout` seconds.

    A check that this process runs itself is finished even when the time is up meanwhile; none takes longer than
    `CHECK_TOTAL_SECONDS`.
    """
    started = time.monotonic()
    while True:
        # A new transaction each time: in the old one, the row would stay as it was.
        db.session.rollback()
        check = db.session.get_one(Check, check_id, populate_existing=True)
        if check.status is CheckStatus.DONE:
            return check
        waited = time.monotonic() - started
        if waited >= timeout:
            return None
        if waited >= min(PATIENCE_SECONDS, timeout / 2):
            tasks.run_check.run(check_id)  # it takes the check only if no worker has it
        time.sleep(PAUSE_SECONDS)


@domains.command()
@limit_option
@click.option("--after", metavar="NAME", help="Only those that are sorted behind this name.")
@json_option
def verified(limit: int | None, after: str | None, as_json: bool) -> None:
    """The names that the edge serves now, sorted, printed while they are read."""
    found = cut(served_names(after), limit, str)
    listed = (name for some in found for name in some)
    emit(listed, listed, as_json=as_json)


@domains.command()
@click.argument("name")
@account_option(_WHOSE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(name: str, number: str | None, yes: bool, as_json: bool) -> None:
    """Stop serving NAME at once. What its records lead to is kept while they are there."""
    domain = domain_named(name, number)
    if not domain.state.is_gone and not yes:
        _confirm(domain)
    lifecycle.remove(domain, actor=COMMAND)
    db.session.commit()
    wake_for(domain)
    [document] = domain_documents([domain])
    emit(document, [*texts.removed_lines(domain), *_way_back(domain)], as_json=as_json)


def _way_back(domain: LLMClientCustomDomain) -> list[str]:
    until = restore.offered_until(domain, settings(), utcnow())
    return [f"Until {clock(until)}: flask domains keep {domain.domain_name}"] if until else []


@domains.command()
@click.argument("name")
@account_option(_WHOSE)
@json_option
def keep(name: str, number: str | None, as_json: bool) -> None:
    """Take the removal of NAME back, while its zone is still there; DNS has to prove it again."""
    domain = domain_named(name, number)
    kept = restore.keep(domain, actor=COMMAND, settings=settings())
    if isinstance(kept, restore.NotKept):
        raise Stop(Exit.REFUSED, kept.sentence)
    db.session.commit()
    wake_for(domain)
    tasks.queue_open_check(domain)
    [document] = domain_documents([domain])
    emit(document, texts.kept_lines(domain), as_json=as_json)


def _confirm(domain: LLMClientCustomDomain) -> None:
    """Ask at the terminal. Without a terminal the command ends: a script would wait for an answer for ever."""
    if not _at_a_terminal():
        raise Stop(Exit.USAGE, f"Add --yes to remove {domain.domain_name}: there is no terminal to ask at.")
    if not click.confirm(f"Stop serving {domain.domain_name} for account {domain.account.number}?", err=True):
        raise Stop(Exit.USAGE, f"{domain.domain_name} stays as it is.")


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


@domains.command()
@json_option
def sweep(as_json: bool) -> None:
    """Do now, and in this process, everything that the schedule does and that is due."""
    swept = sweeping.sweep()
    emit(swept.document(), swept.lines(), as_json=as_json)
    if swept.failed:
        tell(f"Something broke on our side in {', '.join(swept.failed)}; the log says what.")
        click.get_current_context().exit(Exit.COULD_NOT_CHECK.value)
