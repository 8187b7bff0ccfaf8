"""The tools. None removes anything, and none changes what visitors reach: an assistant that was misled by a text that
it read can register, check and hand over, and nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from webapp.api.codes import KINDS
from webapp.dns import names
from webapp.mcp_server import answers, found_text
from webapp.mcp_server.api_client import ApiClient, ApiError, Caller

Ctx: TypeAlias = Context[Any, Any]
Whose: TypeAlias = Callable[[Ctx], Caller]
DomainName = Annotated[str, Field(description="The host name, such as chat.acme.com.", max_length=300)]
Cursor = Annotated[str | None, Field(description="next_cursor of the answer before.")]
Wait = Annotated[int, Field(description="How many seconds to wait for the result.", ge=0, le=60)]

_READS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_ADDS = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False
)
_ADDS_ONCE = _ADDS.model_copy(update={"idempotent_hint": True})
_ASKS_DNS = _ADDS_ONCE.model_copy(update={"open_world_hint": True})
_POLL_SECONDS = 1.0
_LISTED = 100


def add_tools(server: MCPServer[Any], client: ApiClient, whose: Whose) -> None:
    """`whose` says with which key the API is asked for a request."""
    tools = Tools(client, whose)
    server.add_tool(tools.list_domains, title="List domains", annotations=_READS)
    server.add_tool(tools.get_domain, title="Show a domain", annotations=_READS)
    server.add_tool(tools.list_llm_clients, title="List LLM clients", annotations=_READS)
    server.add_tool(tools.register_domain, title="Register a domain", annotations=_ADDS_ONCE)
    server.add_tool(tools.get_instructions, title="Read the instructions", annotations=_READS)
    server.add_tool(tools.check_domain, title="Check a domain", annotations=_ASKS_DNS)
    server.add_tool(tools.make_handover_link, title="Make a hand-over link", annotations=_ADDS)


class Tools:
    """The docstring of each is what a language model reads of it."""

    def __init__(self, client: ApiClient, whose: Whose) -> None:
        self._client, self._whose = client, whose

    def list_domains(
        self,
        ctx: Ctx,
        name_contains: Annotated[str | None, Field(description="Only names with this in them.")] = None,
        needs_action: Annotated[
            bool | None, Field(description="True: only those that somebody has to act on.")
        ] = None,
        cursor: Cursor = None,
    ) -> Annotated[CallToolResult, answers.DomainList]:
        """List the account's domains, newest first, with the state of each. get_domain tells more of one."""

        def work(caller: Caller) -> CallToolResult:
            wanted = None if needs_action is None else str(needs_action).lower()
            found = self._client.get(
                caller, "/domains", name_contains=name_contains, needs_action=wanted, cursor=cursor, limit=25
            )
            listed = answers.DomainList(
                domains=[answers.summary(one) for one in found["data"]], next_cursor=found["next_cursor"]
            )
            lines = [f"{one.shown}: {one.headline or one.state}" for one in listed.domains]
            more = ["More follow: give next_cursor as cursor."] if listed.next_cursor else []
            return _answer("\n".join([*lines, *more]) or "There is no such domain.", listed)

        return self._answered(ctx, work)

    def get_domain(self, ctx: Ctx, domain_name: DomainName) -> Annotated[CallToolResult, answers.Domain]:
        """Show one domain: how far it is, what to do next in plain words, its DNS records with what the last check
        found of each, and its certificate.
        """

        def work(caller: Caller) -> CallToolResult:
            found = answers.domain(self._whole(caller, domain_name))
            return _answer(answers.said(found), found)

        return self._answered(ctx, work)

    def list_llm_clients(
        self, ctx: Ctx, cursor: Cursor = None
    ) -> Annotated[CallToolResult, answers.LLMClientList]:
        """List the account's LLM clients, which visitors of a domain reach. register_domain takes one by its id."""

        def work(caller: Caller) -> CallToolResult:
            found = self._client.get(caller, "/llm-clients", cursor=cursor, limit=_LISTED)
            clients = [
                answers.LLMClient(id=one["id"], name=found_text.value(one["name"])) for one in found["data"]
            ]
            listed = answers.LLMClientList(llm_clients=clients, next_cursor=found["next_cursor"])
            return _answer(
                "\n".join(f"{one.id}: {one.name}" for one in clients) or "There is none yet.", listed
            )

        return self._answered(ctx, work)

    def register_domain(
        self,
        ctx: Ctx,
        domain_name: DomainName,
        llm_client_id: Annotated[
            int | None, Field(description="Which LLM client visitors reach there.")
        ] = None,
        method: Annotated[
            str | None,
            Field(
                description="How it is proved: delegation (NS records) or records (TXT and CNAME). Without it, the"
                " installation's own choice."
            ),
        ] = None,
    ) -> Annotated[CallToolResult, answers.Registered]:
        """Claim a host name for the account. Doing it twice changes nothing. Then get_instructions has the records
        that its owner adds at their DNS provider.
        """

        def work(caller: Caller) -> CallToolResult:
            wanted = {"domain_name": domain_name, "llm_client_id": llm_client_id, "method": method}
            body = {key: one for key, one in wanted.items() if one is not None}
            document, status = self._client.post(caller, "/domains", body)
            found, existing = answers.domain(document), status != HTTPStatus.CREATED
            begun = "was registered before" if existing else "is registered"
            return _answer(
                f"{found.shown} {begun}. {answers.said(found)}",
                answers.Registered(existing=existing, domain=found),
            )

        return self._answered(ctx, work)

    def get_instructions(
        self, ctx: Ctx, domain_name: DomainName
    ) -> Annotated[CallToolResult, answers.Instructions]:
        """Read what the domain's owner has to add at their DNS provider: the records, and a text for an e-mail."""

        def work(caller: Caller) -> CallToolResult:
            domain = self._one(caller, domain_name)
            document = self._client.get(caller, f"/domains/{domain['id']}/instructions")
            told = answers.instructions(document)
            lines = [f"{one.type} {one.name} {value}" for one in told.records for value in one.values]
            return _answer("\n".join(lines) or "There is nothing to add now; get_domain says why.", told)

        return self._answered(ctx, work)

    def check_domain(
        self, ctx: Ctx, domain_name: DomainName, wait_seconds: Wait = 30
    ) -> Annotated[CallToolResult, answers.Checked]:
        """Ask DNS now whether the records are there, and wait for the result for a while. It is limited to one press
        in a few seconds; a check resets nothing.
        """

        def work(caller: Caller) -> CallToolResult:
            domain = self._one(caller, domain_name)
            path = f"/domains/{domain['id']}"
            started, _ = self._client.post(caller, f"{path}/checks")
            # A domain that is being removed has no check of its own: its parent zone is asked.
            check = started["check"]
            finished = check is None or self._wait(
                caller, f"{path}/checks/{check['id']}", check, wait_seconds
            )
            found = answers.domain(self._client.get(caller, path))
            begun = "" if finished else "The check goes on; ask get_domain in a while. "
            return _answer(f"{begun}{answers.said(found)}", answers.Checked(finished=finished, domain=found))

        return self._answered(ctx, work)

    def make_handover_link(
        self,
        ctx: Ctx,
        domain_name: DomainName,
        made_for: Annotated[
            str,
            Field(
                description="Whom it is for, such as “Jane of our IT”; the page does not show it.",
                min_length=1,
                max_length=100,
            ),
        ],
    ) -> Annotated[CallToolResult, answers.HandoverLink]:
        """Make a link for whoever manages the domain's DNS: a page without sign-in with the records of this domain
        alone. Give it to nobody else. It ends by itself, and people of the account can revoke it.
        """

        def work(caller: Caller) -> CallToolResult:
            domain = self._one(caller, domain_name)
            path = f"/domains/{domain['id']}/handover-links"
            document, _ = self._client.post(caller, path, {"made_for": made_for})
            link = answers.HandoverLink(
                domain_name=domain["domain_name"], url=document["url"], expires_at=document["expires_at"]
            )
            return _answer(f"Send this to whoever manages {link.domain_name}: {link.url}", link)

        return self._answered(ctx, work)

    def _answered(self, ctx: Ctx, work: Callable[[Caller], CallToolResult]) -> CallToolResult:
        """What the API refuses comes as a tool's error, which a model reads and may act on."""
        try:
            return work(self._whose(ctx))
        except ApiError as err:
            return _refused(err)

    def _whole(self, caller: Caller, name: str) -> dict[str, Any]:
        return self._client.get(caller, f"/domains/{self._one(caller, name)['id']}")

    def _one(self, caller: Caller, typed: str) -> dict[str, Any]:
        """The newest domain of this name that is not removed."""
        parsed = names.parse(typed)
        if parsed.name is None:
            refusal = parsed.refusal
            raise (
                ApiError(refusal.sentence, refusal.code.value)
                if refusal
                else ApiError("That is no host name.")
            )
        cursor = None
        while True:
            found = self._client.get(
                caller, "/domains", name_contains=parsed.name.ascii, cursor=cursor, limit=_LISTED
            )
            for one in found["data"]:
                if one["domain_name"] == parsed.name.ascii:
                    return dict(one)
            cursor = found["next_cursor"]
            if cursor is None:
                break
        shown = found_text.quoted(parsed.name.shown)
        raise ApiError(f"This key sees no domain {shown}. list_domains has those that it sees.", "not-found")

    def _wait(self, caller: Caller, path: str, check: dict[str, Any], seconds: int) -> bool:
        until = time.monotonic() + seconds
        while check["status"] != "done":
            if time.monotonic() >= until:
                return False
            time.sleep(_POLL_SECONDS)
            check = self._client.get(caller, path)
        return True


def _answer(sentence: str, structured: BaseModel) -> CallToolResult:
    """Sentence first; clients that read no structured content get the same as text (MCP, “Structured Content”)."""
    texts = [sentence, structured.model_dump_json(exclude_none=True)]
    return CallToolResult(
        content=[TextContent(text=text) for text in texts],
        structured_content=structured.model_dump(mode="json"),
    )


def _refused(err: ApiError) -> CallToolResult:
    parts = [
        found_text.sentence(err.detail) or "",
        *(found_text.sentence(one["detail"]) or "" for one in _errors(err)),
    ]
    after = err.problem.get("retry_after_seconds")
    if after:
        parts.append(f"Try again after {after} s.")
    elif err.problem and err.code in KINDS:
        parts.append(f"Next: {KINDS[err.code].advice}")
    if err.code:
        parts.append(f"(code: {err.code})")
    more = {key: err.problem[key] for key in ("status", "request_id", "type") if err.problem.get(key)}
    structured = {"code": err.code, "detail": parts[0], "retry_after_seconds": after, **more}
    return CallToolResult(
        content=[TextContent(text=" ".join(dict.fromkeys(parts)))],
        structured_content=structured,
        is_error=True,
    )


def _errors(err: ApiError) -> list[dict[str, Any]]:
    return [one for one in err.problem.get("errors") or () if isinstance(one, dict) and one.get("detail")]
