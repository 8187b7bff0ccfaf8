"""Data for the gallery: a domain in every state, one for every verdict, and people of every kind."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

from tests.browser.gallery_figures import busy_month
from tests.browser.gallery_handover import of_handover
from tests.browser.gallery_imports import of_imports
from tests.browser.gallery_keys import of_keys
from tests.browser.gallery_probes import seen
from tests.browser.gallery_records import of_records
from tests.browser.gallery_timeline import of_timeline
from tests.browser.gallery_watching import of_watching
from tests.browser.gallery_webhooks import of_webhooks
from tests.dns.delegation.cases import OTHERS, OURS
from tests.dns.judgement.table import TABLE
from tests.factories import (
    a_set,
    make_account,
    make_checked,
    make_domain,
    make_llm_client,
    make_user,
    make_zone,
)
from webapp.audit.log import note
from webapp.dns.caa import CaaVerdict
from webapp.dns.delegation import Baseline, DelegationReport, Observation, Verdict, judge
from webapp.dns.servers.evidence import Delegation
from webapp.extensions import db
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    Check,
    CheckOrigin,
    CheckStatus,
    DeniedName,
    DomainState,
    EventKind,
    Finding,
    Invitation,
    LLMClientCustomDomain,
    Membership,
    MembershipRole,
    Message,
    NotificationAddress,
    ProbeOutcome,
    Unsettled,
    ZoneState,
    utcnow,
)
from webapp.proofs.delegation.expectation import expectation_of
from webapp.removal.deletion_policy import Look, Outlook, Said, Watch
from webapp.zones.findings import FindingKind

#: Who looks at pages: the owner of almost everything; somebody whose account is empty; somebody without any; somebody
#: of two accounts who signs in with a second factor, before and after giving it; staff.
WHO = {
    "anybody": "",
    "customer": "owner@acme.example",
    "newcomer": "new@fresh.example",
    "stranger": "nobody@alone.example",
    "half-way": "careful@acme.example",
    "careful": "careful@acme.example",
    "staff": "staff@platform.example",
}
NEW_ACCOUNT = "1111-2222-3333"
_SHOPS = ["bakery", "books", "bikes", "flowers", "shoes", "tea", "wine", "toys", "music", "garden", "coffee"]
_OFFICES = [
    "paper",
    "travel",
    "sports",
    "pets",
    "legal",
    "tax",
    "care",
    "jobs",
    "events",
    "news",
    "labs",
    "energy",
    "law",
    "art",
]
#: The customer's domains; the gallery's world has the first one alone.
BRANDS = ("acme.com", *(f"acme-{what}.com" for what in (*_SHOPS, *_OFFICES)))
#: Name servers by which a provider is recognised; everybody else runs their own.
_MANAGED_AT = {
    Verdict.DELEGATION_PARTIAL: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
    Verdict.NOT_DELEGATED: ["ns31.domaincontrol.com", "ns32.domaincontrol.com"],
    Verdict.NS_MISTYPED: ["dns1.registrar-servers.com", "dns2.registrar-servers.com"],
}


def seed() -> dict[str, int]:
    """Fill the empty tables; ids by what they show."""
    account = make_account("Acme Trading", number="1234-5678-9012")
    make_user(account=account, email=WHO["customer"])
    make_user(staff=True, email=WHO["staff"])
    make_user(account=make_account("Fresh", number=NEW_ACCOUNT), email=WHO["newcomer"])
    make_user(email=WHO["stranger"])
    shown = {"account": account.id} | _verdicts(account) | _states(account) | _further(account)
    shown |= of_records(account) | of_imports(account) | of_keys(account)
    partial = next(row_id for name, row_id in shown.items() if name.endswith("-delegation_partial"))
    shown |= of_handover(account, partial)
    shown |= of_webhooks(account) | of_watching(account)
    shown |= of_timeline(account)
    make_llm_client(account, "Sales assistant", deployed=True)
    live, failing = (
        db.session.get_one(LLMClientCustomDomain, shown[f"state-{state}"])
        for state in ("verified", "failing")
    )
    for domain in (live, failing):
        _issued(domain)
    make_llm_client(account, "Support assistant", deployed=True, custom_domain=live)
    make_llm_client(account, "Old assistant")
    make_llm_client(account, "Order desk", deployed=True, custom_domain=failing)
    elsewhere = db.session.get_one(LLMClientCustomDomain, shown["elsewhere"])
    for certificate in elsewhere.certificates:
        certificate.state, certificate.not_after = CertificateState.ISSUED, utcnow() + timedelta(days=300)
    make_llm_client(account, "Help desk", deployed=True, custom_domain=elsewhere)
    seen(live, ProbeOutcome.LIVE)
    shown["first-day"] = _first_day(account).id
    seen(elsewhere, ProbeOutcome.POINTS_ELSEWHERE)
    _people(account, shown)
    denied = DeniedName(name="denied.example.net", below=True, reason="Phishing.", actor_name=WHO["staff"])
    db.session.add(denied)
    db.session.flush()
    shown["denied"] = denied.id
    busy_month()
    told = Message("finding.orphan", {"zone": "Z9", "name": "acme.test"})
    db.session.add(Finding(kind=FindingKind.ORPHAN, message=told, last_seen_at=utcnow()))
    db.session.commit()
    return shown


def _first_day(account: Account) -> LLMClientCustomDomain:
    """It went live a few minutes ago."""
    domain = make_domain(account, "chat.first-day.example.net", DomainState.VERIFIED)
    _once_verified(domain)
    _issued(domain)
    make_llm_client(account, "Bakery assistant", deployed=True, custom_domain=domain)
    seen(domain, ProbeOutcome.LIVE, live_for=timedelta(minutes=4))
    return domain


def _verdicts(account: Account) -> dict[str, int]:
    """One domain for each row, all below brands of the same customer."""
    now, shown = utcnow(), {}
    for number, (verdict, expectation, observation, _) in enumerate(TABLE):
        brand = BRANDS[number]
        domain = make_domain(account, expectation.host.replace("acme.com", brand))
        servers = list(expectation.name_servers) if number == 0 else a_set(300 + number)
        seen = {"reachable": True, "parent_zone": brand, "parent_name_servers": _MANAGED_AT.get(verdict, ())}
        baseline = Baseline.from_dict({"host": domain.domain_name, **seen})
        make_zone(domain, name_servers=servers, baseline=baseline.to_dict())
        _registered(domain, now - timedelta(hours=2))
        make_checked(domain, told_of(domain, judge(expectation, observation, now)))
        shown[f"{number:02}-{verdict.value.lower()}"] = domain.id
    return shown


def told_of(domain: LLMClientCustomDomain, report: DelegationReport) -> DelegationReport:
    """The report of a case, with this domain, its parent zone and its name servers in the place of the case's."""
    parent = domain.domain_name.removeprefix(report.host.removesuffix("acme.com"))
    there = {"acme.com": parent}
    if set(report.expected) != set(servers := domain.zones[0].name_servers):
        for old, new in ((OURS, _by_suffix(servers)), (OTHERS, _by_suffix(a_set(domain.id)))):
            there |= {name: new[_suffix(name)] for name in old}
    text = json.dumps(report.to_dict(), ensure_ascii=False)
    # In one pass: a new name may be an old one, too.
    told = re.sub("|".join(map(re.escape, there)), lambda found: there[found[0]], text)
    return DelegationReport.from_dict(json.loads(told))


def _by_suffix(servers: list[str]) -> dict[str, str]:
    return {_suffix(name): name for name in servers}


def _suffix(server: str) -> str:
    return server.split(".", 2)[2]


def _registered(domain: LLMClientCustomDomain, at: datetime) -> None:
    said = Message("domain.registered", {"name": domain.domain_name})
    note(domain, EventKind.REGISTERED, said).created_at = at


def _entered(domain: LLMClientCustomDomain, state: DomainState, at: datetime) -> None:
    name, until = domain.domain_name, (at + timedelta(days=7)).isoformat()
    said = {
        DomainState.VERIFIED: Message("domain.verified", {"name": name, "parent": name.partition(".")[2]}),
        DomainState.FAILING: Message("domain.failing", {"name": name, "until": until}),
        DomainState.LAPSED: Message("domain.lapsed", {"name": name}),
    }
    note(domain, EventKind.STATE_CHANGED, said[state], evidence=_FROM[state]).created_at = at


_FROM = {
    DomainState.VERIFIED: {"from": "pending", "to": "verified", "verdict": "VERIFIED"},
    DomainState.FAILING: {"from": "verified", "to": "failing", "verdict": "NOT_DELEGATED"},
    DomainState.LAPSED: {"from": "failing", "to": "lapsed", "verdict": "NOT_DELEGATED"},
}


def _seen(domain: LLMClientCustomDomain, verdict: Verdict, at: datetime) -> DelegationReport:
    """The report of a check that was done then."""
    _, expectation, observation, _ = next(row for row in TABLE if row[0] is verdict)
    report = told_of(domain, judge(expectation, observation, at))
    times = {"created_at": at, "started_at": at, "finished_at": at}
    check = Check(custom_domain=domain, origin=CheckOrigin.SCHEDULE, status=CheckStatus.DONE, **times)
    check.verdict, check.report = verdict, report.to_dict()
    db.session.add(check)
    domain.verdict, domain.last_checked_at = verdict, at
    domain.next_check_at = at + timedelta(hours=12)
    return report


def _states(account: Account) -> dict[str, int]:
    shown = {}
    for state in DomainState:
        domain = make_domain(account, f"chat.{state}.example.net", state)
        if state is DomainState.PENDING:
            make_zone(domain, ZoneState.WANTED, created_at=utcnow())
            _registered(domain, utcnow())
        elif state is DomainState.EXPIRED:
            _never_verified(domain)
        else:
            _once_verified(domain)
        shown[f"state-{state}"] = domain.id
    return shown


def _never_verified(domain: LLMClientCustomDomain) -> None:
    """Nobody has typed its records for thirty days."""
    now = utcnow()
    domain.created_at, domain.state_changed_at = now - timedelta(days=40), now - timedelta(days=10)
    make_zone(domain, created_at=domain.created_at)
    _registered(domain, domain.created_at)
    _seen(domain, Verdict.NOT_DELEGATED, domain.state_changed_at)
    domain.next_check_at = None


def _once_verified(domain: LLMClientCustomDomain) -> None:
    """Registered forty days ago and verified the day after; what came since is in its state."""
    now, state = utcnow(), domain.state
    domain.created_at, domain.verified_at = now - timedelta(days=40), now - timedelta(days=39)
    domain.state_changed_at = domain.verified_at
    if state is DomainState.REMOVING:
        _leaving(domain)
    else:
        make_zone(domain, created_at=domain.created_at)
    _registered(domain, domain.created_at)
    _entered(domain, DomainState.VERIFIED, domain.verified_at)
    _seen(
        domain, Verdict.VERIFIED, now - timedelta(days=10) if state in _CONTRARY else now - timedelta(hours=2)
    )
    if days := _CONTRARY.get(state):
        domain.contrary_since = domain.state_changed_at = now - timedelta(days=days)
        _entered(domain, state, domain.contrary_since)
        _seen(domain, Verdict.NOT_DELEGATED, now - timedelta(hours=1))
    if state is DomainState.FAILING:
        domain.grace_until = domain.state_changed_at + timedelta(days=7)


#: Since how many days DNS has contradicted what is in such a state.
_CONTRARY = {DomainState.FAILING: 2, DomainState.LAPSED: 9}


def _leaving(domain: LLMClientCustomDomain) -> None:
    """Two of its four records are still at the provider."""
    now, zone = utcnow(), make_zone(domain, ZoneState.LEAVING)
    domain.state_changed_at = now - timedelta(hours=3)
    parent = domain.domain_name.partition(".")[2]
    listed = tuple(zone.name_servers[:2])
    servers = (Said(f"ns1.{parent}", "REFERRAL", listed), Said(f"ns2.{parent}", "TIMEOUT"))
    look = Look(now, Outlook.LISTED, parent_zone=parent, listed=listed, ttl=3600, servers=servers)
    zone.watch = Watch(shown=True).after(look).to_dict()
    zone.next_attempt_at = now + timedelta(days=1)


def _further(account: Account) -> dict[str, int]:
    """What is no state and no verdict: suspended, something at the name, no such domain, certificates."""
    now = utcnow()
    held, blocked, issued = (
        make_domain(account, f"chat.{what}.example.net", DomainState.VERIFIED)
        for what in ("held", "blocked", "issued")
    )
    for domain in (held, blocked, issued):
        _once_verified(domain)
    held.held_at, held.hold_reason = now, "Reported as phishing."
    suspended = {"name": held.domain_name, "served": True, "contact": "help@platform.example"}
    note(held, EventKind.HELD, Message("domain.suspended", suspended), reason=held.hold_reason)
    seen = {"reachable": True, "parent_zone": "example.org", "parent_name_servers": ["ns1.example.org"]}
    site = {**seen, "a": ["203.0.113.7"], "mx": ["10 mx1.example.org"], "txt": ['"v=spf1 -all"']}
    before = make_domain(account, "before.example.org")
    make_zone(before, baseline=Baseline.from_dict({"host": before.domain_name, **site}).to_dict())
    refused = make_domain(account, "chat.denied.example.net")
    make_zone(refused)
    leaving = make_domain(account, "leaving.example.org", DomainState.REMOVING)
    _leaving(leaving)
    for domain in (before, refused, leaving):
        _registered(domain, now - timedelta(days=1))
    _certificate(
        blocked,
        CertificateState.FAILED,
        failure_reason=CaaVerdict.BLOCKED.value,
        next_attempt_at=now + timedelta(hours=1),
        problem=Message(
            Problem.CAA_RESTRICTED.value,
            {
                "where": "blocked.example.net",
                "allows": ["letsencrypt.org"],
                "authority": "amazon.com",
                "add": '0 issue "amazon.com"',
            },
        ),
    )
    _issued(issued)
    alarming = make_domain(account, "chat.alarm.example.net")
    _whole_domain(alarming)
    further = {"alarm": alarming} | {
        "held": held,
        "before": before,
        "blocked": blocked,
        "issued": issued,
        "leaving": leaving,
    }
    further |= {"refused": refused}
    return {name: domain.id for name, domain in (further | _between(account) | _limited(account)).items()}


def _between(account: Account) -> dict[str, LLMClientCustomDomain]:
    """What is neither one state nor another: a contradicted name, and what waits for somebody."""
    now, found = utcnow(), {}
    for name, verdict in (("gone", Verdict.NOT_DELEGATED), ("changed", Verdict.DELEGATION_MIXED)):
        domain = found[name] = make_domain(account, f"chat.{name}.example.net", DomainState.VERIFIED)
        _once_verified(domain)
        at = now - timedelta(minutes=2)
        report = _seen(domain, verdict, at)
        said, evidence = Message("verdict.changed", report.to_statement()), {"verdict": verdict.value}
        note(domain, EventKind.VERDICT_CHANGED, said, evidence=evidence).created_at = at
        domain.contrary_since, domain.next_check_at = at, now + timedelta(minutes=9)
    back = found["back"] = make_domain(account, "chat.back.example.net", DomainState.FAILING)
    _once_verified(back)
    _seen(back, Verdict.ZONE_NOT_SERVED, now - timedelta(minutes=1))
    back.verdict, back.unsettled = Verdict.NOT_DELEGATED, Unsettled.RIGHT
    undecided = found["undecided"] = make_domain(account, "chat.undecided.example.net")
    seen = {
        "reachable": True,
        "parent_zone": "undecided.example.net",
        "parent_name_servers": ["ns1.example.net"],
    }
    site = {**seen, "host": undecided.domain_name, "a": ["203.0.113.7"], "mx": ["10 mx1.example.net"]}
    make_zone(undecided, baseline=Baseline.from_dict(site).to_dict())
    _registered(undecided, now - timedelta(hours=1))
    _seen(undecided, Verdict.RECORD_IN_THE_WAY, now - timedelta(minutes=5))
    return found


#: Whose name servers are the parent's where the records meet a limit.
_LIMITED = {"hostinger": ["ns1.dns-parking.com"], "aws": ["ns-1.awsdns-00.com", "ns-513.awsdns-00.net"]}


def _limited(account: Account) -> dict[str, LLMClientCustomDomain]:
    """Names whose provider may not take the records."""
    found = {}
    for who, servers in _LIMITED.items():
        domain = found[f"limited-{who}"] = make_domain(account, f"chat.{who}.example.net")
        parent = {"reachable": True, "parent_zone": f"{who}.example.net", "parent_name_servers": servers}
        make_zone(domain, baseline=Baseline.from_dict({"host": domain.domain_name, **parent}).to_dict())
        _registered(domain, utcnow() - timedelta(minutes=10))
    return found


def _whole_domain(domain: LLMClientCustomDomain) -> None:
    """Its owner has given our name servers to the registrar, an hour after they got them."""
    now, parent = utcnow(), domain.domain_name.partition(".")[2]
    seen = {
        "reachable": True,
        "parent_zone": parent,
        "parent_name_servers": ["ns1.old.example", "ns2.old.example"],
    }
    make_zone(domain, baseline=Baseline.from_dict({"host": domain.domain_name, **seen}).to_dict())
    _registered(domain, now - timedelta(hours=1))
    expected = expectation_of(domain)
    led = Delegation(parent, "net", frozenset(expected.name_servers), 172_800)
    observation = Observation(parent_zone=parent, delegations=(led,))
    make_checked(domain, judge(expected, observation, now))


def _issued(domain: LLMClientCustomDomain) -> None:
    _certificate(
        domain,
        CertificateState.ISSUED,
        not_after=utcnow() + timedelta(days=300),
        validation_name=f"_x1.{domain.domain_name}",
        validation_value="_y2.acm-validations.aws",
    )


def _certificate(domain: LLMClientCustomDomain, state: CertificateState, **values: object) -> None:
    token = f"gallery{domain.id}"
    row = Certificate(
        custom_domain_id=domain.id,
        domain_name=domain.domain_name,
        state=state,
        idempotency_token=token,
        **values,
    )
    db.session.add(row)


def _people(account: Account, shown: dict[str, int]) -> None:
    careful = make_user(account=account, email=WHO["careful"])
    careful.memberships[0].role = MembershipRole.OWNER
    db.session.add(Membership(account=make_account("Second"), user=careful, role=MembershipRole.MEMBER))
    member = make_user(account=account, email="member@acme.example")
    member.memberships[0].role = MembershipRole.MEMBER
    week = utcnow() + timedelta(days=7)
    invitation = Invitation(
        account=account, email="guest@acme.example", invited_by="owner@acme.example", expires_at=week
    )
    asked = NotificationAddress(account=account, email="team@acme.example")
    told = NotificationAddress(account=account, email="list@acme.example", confirmed_at=utcnow())
    db.session.add_all([invitation, asked, told])
    db.session.flush()
    shown["member"] = member.memberships[0].id
