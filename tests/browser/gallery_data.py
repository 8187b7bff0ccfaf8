"""Data to look at: a domain in every state, one for every verdict, and people of every kind."""

from __future__ import annotations

from datetime import timedelta

from tests.dns.judgement.test_judge import TABLE
from tests.factories import make_account, make_checked, make_domain, make_llm_client, make_user, make_zone
from webapp.audit.log import SYSTEM, note
from webapp.certificates import messages
from webapp.dns.delegation import Baseline, judge
from webapp.extensions import db
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DeniedName,
    DomainState,
    EventKind,
    Finding,
    Invitation,
    LLMClientCustomDomain,
    Membership,
    MembershipRole,
    NotificationAddress,
    ZoneState,
    utcnow,
)
from webapp.removal.deletion_policy import Look, Outlook, Said, Watch

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


def seed() -> dict[str, int]:
    """Fill the empty tables; ids by what they show."""
    account = make_account("Acme Trading", number="1234-5678-9012")
    make_user(account=account, email=WHO["customer"])
    make_user(staff=True, email=WHO["staff"])
    make_user(account=make_account("Fresh", number=NEW_ACCOUNT), email=WHO["newcomer"])
    make_user(email=WHO["stranger"])
    shown = {"account": account.id} | _verdicts(account) | _states(account) | _further(account)
    make_llm_client(account, "Sales assistant", deployed=True)
    live = db.session.get_one(LLMClientCustomDomain, shown["state-verified"])
    make_llm_client(account, "Support assistant", deployed=True, custom_domain=live)
    make_llm_client(account, "Old assistant")
    _people(account, shown)
    denied = DeniedName(name="denied.example.net", below=True, reason="Phishing.", actor_name=WHO["staff"])
    db.session.add(denied)
    db.session.flush()
    shown["denied"] = denied.id
    db.session.add(Finding(kind="unknown", sentence="Zone Z9 is at AWS and nobody’s.", last_seen_at=utcnow()))
    db.session.commit()
    return shown


def _verdicts(account: Account) -> dict[str, int]:
    shown = {}
    for number, (verdict, expectation, observation, _) in enumerate(TABLE):
        domain = make_domain(account, f"v{number}.{expectation.host}")
        domain.domain_name = expectation.host if number == 0 else domain.domain_name
        make_zone(domain, name_servers=list(expectation.name_servers))
        make_checked(domain, judge(expectation, observation, utcnow()))
        shown[f"{number:02}-{verdict.value.lower()}"] = domain.id
    return shown


def _states(account: Account) -> dict[str, int]:
    now, shown = utcnow(), {}
    for state in DomainState:
        domain = make_domain(account, f"{state}.shop.example.net", state, last_checked_at=now)
        domain.grace_until = now + timedelta(days=5) if state is DomainState.FAILING else None
        if state is DomainState.REMOVING:
            _leaving(domain)
        else:
            make_zone(domain, ZoneState.WANTED if state is DomainState.PENDING else ZoneState.READY)
        note(domain, EventKind.REGISTERED, f"{domain.domain_name} was registered.", SYSTEM)
        shown[f"state-{state}"] = domain.id
    return shown


def _leaving(domain: LLMClientCustomDomain) -> None:
    """Two of its four records are still at the provider."""
    now, zone = utcnow(), make_zone(domain, ZoneState.LEAVING)
    listed = tuple(zone.name_servers[:2])
    servers = (Said("ns1.example.net", "REFERRAL", listed), Said("ns2.example.net", "TIMEOUT"))
    look = Look(now, Outlook.LISTED, parent_zone="example.net", listed=listed, ttl=3600, servers=servers)
    zone.watch = Watch(shown=True).after(look).to_dict()
    zone.next_attempt_at = now + timedelta(days=1)


def _further(account: Account) -> dict[str, int]:
    """What is no state and no verdict: on hold, something at the name, no such domain, certificates."""
    now = utcnow()
    held = make_domain(account, "held.shop.example.net", DomainState.VERIFIED)
    held.held_at, held.hold_reason = now, "Reported as phishing."
    make_zone(held)
    seen = {"reachable": True, "parent_zone": "example.org", "parent_name_servers": ["ns1.example.org"]}
    site = {**seen, "a": ["203.0.113.7"], "mx": ["10 mx1.example.org"], "txt": ['"v=spf1 -all"']}
    before = make_domain(account, "before.example.org")
    make_zone(before, baseline=Baseline.from_dict({"host": before.domain_name, **site}).to_dict())
    blocked = make_domain(account, "blocked.shop.example.net", DomainState.VERIFIED)
    issued = make_domain(account, "issued.shop.example.net", DomainState.VERIFIED)
    for domain in (blocked, issued):
        make_zone(domain)
    refused = make_domain(account, "chat.denied.example.net")
    make_zone(refused)
    leaving = make_domain(account, "leaving.example.org", DomainState.REMOVING)
    _leaving(leaving)
    _certificate(
        blocked,
        CertificateState.FAILED,
        failure_reason=messages.BLOCKED,
        next_attempt_at=now + timedelta(hours=1),
        error="The CAA record at example.net allows only letsencrypt.org; add amazon.com.",
        next_step='Add a CAA record at example.net with the value 0 issue "amazon.com".',
    )
    _certificate(
        issued,
        CertificateState.ISSUED,
        not_after=now + timedelta(days=300),
        validation_name="_x1.issued.shop.example.net",
        validation_value="_y2.acm-validations.aws",
    )
    further = {"held": held, "before": before, "blocked": blocked, "issued": issued, "leaving": leaving}
    further |= {"refused": refused}
    return {name: domain.id for name, domain in further.items()}


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
