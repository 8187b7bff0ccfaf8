"""Registering, asking for a check, attaching, removing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import make_account, make_domain, make_llm_client, make_zone, said
from webapp.audit.log import COMMAND, SYSTEM, Actor
from webapp.checks import queries as check_queries
from webapp.checks import request
from webapp.checks.request import CheckRequested, ParentCheckRequested
from webapp.config.settings import Settings
from webapp.dns.names import HostName, Refusal, RefusalCode
from webapp.domains import assignment, lifecycle, queries, registration
from webapp.domains.limits import NotReady, TooSoon
from webapp.domains.registration import Registered
from webapp.extensions import db, settings
from webapp.health import status
from webapp.health.status import Component
from webapp.models import (
    Account,
    ActorKind,
    CheckOrigin,
    CheckStatus,
    DeniedName,
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Method,
    ZoneState,
    utcnow,
)
from webapp.proofs.base.method import Wake
from webapp.removal.tasks import see_zone_off


@pytest.fixture
def configured(app: Flask) -> Settings:
    return settings()


def register(account: Account, typed: str, **values: object) -> Registered | Refusal:
    return registration.register(account, typed, actor=COMMAND, settings=settings(), **values)  # type: ignore[arg-type]


def registered(account: Account, typed: str, **values: object) -> Registered:
    result = register(account, typed, **values)
    assert isinstance(result, Registered), result
    return result


def refused(account: Account, typed: str) -> Refusal:
    result = register(account, typed)
    assert isinstance(result, Refusal), result
    return result


def press(
    domain: LLMClientCustomDomain, **values: object
) -> CheckRequested | ParentCheckRequested | TooSoon | NotReady:
    return request.request_check(
        domain,
        **{"origin": CheckOrigin.CUSTOMER, "actor": COMMAND, "settings": settings(), **values},  # type: ignore[arg-type]
    )


def test_registering_leaves_the_intent_for_a_zone_and_asks_nobody(account: Account) -> None:
    result = registered(account, "https://Chat.Acme.test/hello")
    assert result.domain.domain_name == "chat.acme.test"
    assert result.domain.state is DomainState.PENDING
    assert result.domain.aws_hosted_zone_id is None
    assert result.understood
    zone = queries.current_zone(result.domain)
    assert zone is not None
    assert (zone.state, zone.generation, zone.name_servers) == (ZoneState.WANTED, 1, [])
    assert [event.kind for event in queries.history(result.domain)] == [EventKind.REGISTERED]


def test_registering_attaches_the_llm_client(account: Account) -> None:
    client = make_llm_client(account)
    assert registered(account, "chat.acme.test", llm_client=client).domain.llm_client is client


def test_client_that_gets_a_new_domain_leaves_its_old_one_and_the_history_says_so(account: Account) -> None:
    client = make_llm_client(account)
    old = registered(account, "old.acme.test", llm_client=client).domain
    new = registered(account, "new.acme.test", llm_client=client).domain
    db.session.refresh(old)
    assert (old.llm_client, new.llm_client) == (None, client)
    assert queries.history(old)[0].kind is EventKind.DETACHED


def test_refused_registration_leaves_the_client_where_it_is(account: Account) -> None:
    client = make_llm_client(account)
    domain = registered(account, "chat.acme.test", llm_client=client).domain
    assert isinstance(register(account, "acme.test", llm_client=client), Refusal)
    assert client.custom_domain is domain


def test_registering_twice_gives_the_same_domain(account: Account) -> None:
    first = registered(account, "chat.acme.test")
    second = registered(account, "CHAT.acme.test.")
    assert second.existing
    assert second.domain is first.domain
    assert queries.zones_made_since(utcnow() - timedelta(hours=1)) == 1


def test_claim_that_another_request_has_just_made_is_given_back(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both requests looked before either wrote; the unique index tells the second."""
    look = queries.claim_of
    first = registered(account, "chat.acme.test").domain
    looked: list[str] = []

    def blind_at_first(account: Account, name: str) -> LLMClientCustomDomain | None:
        looked.append(name)
        return look(account, name) if len(looked) > 1 else None

    monkeypatch.setattr(queries, "claim_of", blind_at_first)
    result = registered(account, "chat.acme.test")
    assert result.existing
    assert result.domain is first


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("a..b", RefusalCode.INVALID_NAME),
        ("llm_client.acme.test", RefusalCode.INVALID_NAME),
        ("chat.acme.local", RefusalCode.RESERVED_NAME),
        ("co.uk", RefusalCode.PUBLIC_SUFFIX),
        ("acme.test", RefusalCode.WHOLE_DOMAIN),
        ("chat.platform.example", RefusalCode.PLATFORM_NAME),
        ("chat.acme.con", RefusalCode.UNKNOWN_SUFFIX),
        ("chat.acme", RefusalCode.UNKNOWN_SUFFIX),
        ("chat.acme.github.io", RefusalCode.PUBLIC_SUFFIX),
        ("chat.acme.test.acme.test", RefusalCode.INVALID_NAME),
    ],
)
def test_refusals_write_nothing(account: Account, typed: str, code: RefusalCode) -> None:
    refusal = refused(account, typed)
    assert refusal.code is code
    assert refusal.sentence.endswith((".", "?"))
    assert db.session.query(LLMClientCustomDomain).count() == 0


SUGGESTING = {
    "http//chat.acme.test": "chat.acme.test",
    "chat.acme.test.acme.test": "chat.acme.test",
    "acme.test": "chat.acme.test",
    "chat.acme.con": "chat.acme.com",
    "“chat.acme.cmo”": "chat.acme.com",
    "chat_bot.acme.con": "chat-bot.acme.com",
}


@pytest.mark.parametrize("typed", SUGGESTING)
def test_suggestion_is_registered_when_it_is_taken(account: Account, typed: str) -> None:
    refusal = refused(account, typed)
    assert refusal.suggestion == SUGGESTING[typed]
    assert not registered(account, refusal.suggestion or "").existing


@pytest.mark.parametrize("typed", SUGGESTING)
def test_suggestion_that_staff_have_denied_is_not_made(account: Account, typed: str) -> None:
    db.session.add(DeniedName(name=SUGGESTING[typed], below=False, reason="Abuse", actor_name="staff"))
    refusal = refused(account, typed)
    assert refusal.suggestion is None
    assert SUGGESTING[typed] not in refusal.sentence.replace(typed, "")


@pytest.mark.parametrize("typed", SUGGESTING)
def test_suggestion_that_another_account_has_is_not_made(account: Account, typed: str) -> None:
    make_domain(make_account("Rival"), SUGGESTING[typed], DomainState.VERIFIED)
    assert refused(account, typed).suggestion is None


def test_suggestion_that_no_limit_lets_in_is_not_made(account: Account) -> None:
    waiting(account, "first.acme.test")
    refusal = registration.register(
        account, "http//chat.acme.test", actor=COMMAND, settings=at_most(unverified_per_account=1)
    )
    assert isinstance(refusal, Refusal)
    assert refusal.suggestion is None


def test_suggestion_that_is_registered_already_leads_to_it(account: Account) -> None:
    domain = registered(account, "chat.acme.test").domain
    refusal = refused(account, "http//chat.acme.test")
    assert refusal.suggestion == "chat.acme.test"
    assert registered(account, "chat.acme.test").domain is domain


@pytest.mark.parametrize(
    "typed", ["hello@acme.test", "*.acme.test", "www.acme.test, chat.acme.test", "chat.acme"]
)
def test_nothing_is_suggested_that_is_refused_next(account: Account, typed: str) -> None:
    assert refused(account, typed).suggestion is None


@pytest.mark.parametrize("name", ["chat.acme.corp2", "chat.acme.github.io"])
def test_suffixes_of_a_private_root_and_of_companies_can_be_opened(account: Account, name: str) -> None:
    opened = at_most(extra_suffixes_allowed=["corp2", "github.io"])
    result = registration.register(account, name, actor=COMMAND, settings=opened)
    assert isinstance(result, Registered)


@pytest.mark.parametrize("name", ["chat.acme.con", "chat.acme.github.io"])
def test_older_claim_on_a_name_that_is_refused_today_goes_on(account: Account, name: str) -> None:
    domain = make_domain(account, name)
    make_zone(domain)
    assert registered(account, name).domain is domain
    assert isinstance(press(domain), CheckRequested)
    assert registration.in_the_way_of(domain, settings()) is None


@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.FAILING])
def test_verified_name_of_another_account_is_in_the_way_of_those_below(
    account: Account, state: DomainState
) -> None:
    make_domain(make_account("Rival Ltd"), "chat.acme.test", state)
    refusal = refused(account, "a.chat.acme.test")
    assert refusal.code is RefusalCode.NAME_IN_USE
    assert "Rival" not in refusal.sentence


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.FAILING])
def test_very_name_of_another_account_is_registered_and_not_served(
    account: Account, state: DomainState, method: Method
) -> None:
    other = make_domain(make_account("Rival Ltd"), "chat.acme.test", state, method=method)
    domain = registered(account, "chat.acme.test").domain
    assert domain.state is DomainState.PENDING
    found = registration.in_the_way_of(domain, settings())
    assert found is not None
    assert (found.contested, found.other) == (True, other)
    assert found.refusal.code is RefusalCode.NAME_IN_USE
    assert found.refusal.sentence == (
        "chat.acme.test is verified in another account. If DNS proves your claim in two checks ten minutes apart, it "
        "moves to you."
    )
    assert registration.refusal_to_save(domain, settings()) is None


def test_neighbour_comes_before_the_very_name(account: Account) -> None:
    """Else a name would move below one that is led to us for somebody else."""
    make_domain(make_account("Holder"), "a.chat.acme.test", DomainState.VERIFIED, method=Method.RECORDS)
    above = make_domain(make_account("Above"), "chat.acme.test", DomainState.VERIFIED)
    domain = make_domain(account, "a.chat.acme.test")
    found = registration.in_the_way_of(domain, settings())
    assert found is not None
    assert (found.contested, found.other) == (False, above)


@pytest.mark.parametrize(
    ("theirs", "overlap"),
    [
        ("a.b.chat.acme.test", False),
        ("b.chat.acme.test", True),
        ("x.b.chat.acme.test", False),
        ("xa.b.chat.acme.test", False),
        ("c.a.b.chat.acme.test", True),
        ("acme.test", True),
        ("shop.acme.test", False),
        ("a_b.chat.acme.test", False),
    ],
)
def test_verified_names_above_and_below_are_found_and_no_others(
    account: Account, theirs: str, overlap: bool
) -> None:
    other = make_domain(make_account("Rival"), theirs, DomainState.VERIFIED)
    found = queries.verified_in_the_way(account, HostName("a.b.chat.acme.test"))
    assert found is (other if overlap else None)
    assert queries.verified_in_the_way(other.account, HostName("a.b.chat.acme.test")) is None


def test_underscore_in_a_name_stands_for_itself(account: Account) -> None:
    make_domain(make_account("Rival"), "x.axb.acme.test", DomainState.VERIFIED)
    assert queries.verified_in_the_way(account, HostName("a_b.acme.test")) is None


def test_of_many_verified_names_in_the_way_one_row_is_read(account: Account) -> None:
    """A rival with thousands of names below one domain makes no page slow."""
    rival = make_account("Rival")
    first = make_domain(rival, "n0.chat.acme.test", DomainState.VERIFIED)
    for number in range(1, 5):
        make_domain(rival, f"n{number}.chat.acme.test", DomainState.VERIFIED)
    db.session.commit()
    who, first_id = db.session.get_one(Account, account.id), first.id
    db.session.expunge_all()
    db.session.add(who)
    found = queries.verified_in_the_way(who, HostName("chat.acme.test"))
    assert found is not None
    assert found.id == first_id
    assert [row for row in db.session.identity_map.values() if isinstance(row, LLMClientCustomDomain)] == [
        found
    ]


def test_name_above_a_verified_one_is_in_the_way(account: Account) -> None:
    make_domain(make_account("Rival"), "a.chat.acme.test", DomainState.VERIFIED)
    assert refused(account, "chat.acme.test").code is RefusalCode.NAME_IN_USE


@pytest.mark.parametrize(
    "state", [DomainState.PENDING, DomainState.LAPSED, DomainState.EXPIRED, DomainState.REMOVED]
)
def test_unproved_claims_of_others_block_nobody(account: Account, state: DomainState) -> None:
    make_domain(make_account("Squatter"), "chat.acme.test", state)
    assert not registered(account, "chat.acme.test").existing


def test_neighbours_of_a_verified_name_are_free(account: Account) -> None:
    make_domain(make_account("Neighbour"), "shop.acme.test", DomainState.VERIFIED)
    assert not registered(account, "chat.acme.test").existing
    assert not registered(account, "workshop.acme.test").existing


def test_removing_and_registering_again_makes_a_new_zone_with_a_new_reference(account: Account) -> None:
    first = registered(account, "chat.acme.test")
    lifecycle.remove(first.domain, actor=COMMAND)
    second = registered(account, "chat.acme.test")
    assert second.domain is not first.domain
    old, new = queries.current_zone(first.domain), queries.current_zone(second.domain)
    assert old is not None
    assert new is not None
    assert old.caller_reference != new.caller_reference


def test_draws_for_one_name_are_limited(account: Account, configured: Settings) -> None:
    for _ in range(configured.zones_per_name_per_day):
        lifecycle.remove(registered(account, "chat.acme.test").domain, actor=COMMAND)
    assert refused(account, "chat.acme.test").code is RefusalCode.TOO_MANY
    assert registered(account, "other.acme.test")
    tomorrow = utcnow() + timedelta(days=1, minutes=1)
    assert registered(account, "chat.acme.test", now=tomorrow)


def test_draws_of_a_stranger_keep_nobody_from_the_name(account: Account, configured: Settings) -> None:
    stranger = make_account("Stranger")
    for _ in range(configured.zones_per_name_per_day):
        lifecycle.remove(registered(stranger, "chat.acme.test").domain, actor=COMMAND)
    assert refused(stranger, "chat.acme.test").code is RefusalCode.TOO_MANY
    lifecycle.remove(registered(account, "chat.acme.test").domain, actor=COMMAND)
    assert refused(account, "chat.acme.test").code is RefusalCode.TOO_MANY


def test_draws_of_one_account_are_limited(account: Account, configured: Settings) -> None:
    for number in range(configured.zones_per_account_per_day):
        registered(account, f"chat{number}.acme.test")
    assert refused(account, "one-more.acme.test").code is RefusalCode.TOO_MANY
    assert registered(make_account("Other"), "chat.other.test")


def test_pressing_verify_opens_a_check(account: Account) -> None:
    domain = make_domain(account)
    make_zone(domain)
    result = press(domain)
    assert isinstance(result, CheckRequested)
    assert result.new
    assert (result.check.status, result.check.origin) == (CheckStatus.WAITING, CheckOrigin.CUSTOMER)


def test_pressing_while_a_check_runs_follows_that_one(account: Account) -> None:
    domain = make_domain(account)
    make_zone(domain)
    first, second = press(domain), press(domain)
    assert isinstance(first, CheckRequested)
    assert isinstance(second, CheckRequested)
    assert second.check is first.check
    assert not second.new


def finish_open_check(domain: LLMClientCustomDomain) -> None:
    check = check_queries.open_check(domain)
    assert check is not None
    check.status = CheckStatus.DONE
    db.session.flush()


def test_button_is_limited_by_the_database_and_says_how_long(account: Account) -> None:
    domain = make_domain(account)
    make_zone(domain)
    start = utcnow()
    press(domain, now=start)
    finish_open_check(domain)
    too_soon = press(domain, now=start + timedelta(seconds=12))
    assert isinstance(too_soon, TooSoon)
    assert too_soon.seconds == 18
    assert "18 s" in too_soon.sentence
    assert isinstance(press(domain, now=start + timedelta(seconds=30)), CheckRequested)


def test_press_that_hastens_a_zone_rests_too(account: Account) -> None:
    """Each one has the worker ask the parent, or AWS, at once."""
    zone = make_zone(make_domain(account), ZoneState.WANTED)
    start, later = utcnow(), utcnow() + timedelta(hours=1)
    for seconds, hastened in ((0, True), (5, False), (31, True)):
        zone.next_attempt_at = later
        now = start + timedelta(seconds=seconds)
        assert isinstance(press(zone.custom_domain, now=now), NotReady)
        assert (zone.next_attempt_at < later) is hastened
    zone.next_attempt_at = later
    press(zone.custom_domain, origin=CheckOrigin.STAFF, now=start + timedelta(seconds=32))
    assert zone.next_attempt_at < later


def test_giving_a_domain_to_clients_in_turns_is_limited(account: Account) -> None:
    """Each turn leaves events that are kept for ever. Commands are not limited."""
    domain = make_domain(account)
    clients = [make_llm_client(account, name) for name in ("One", "Two")]
    person = Actor(ActorKind.CUSTOMER, "person@acme.test")
    turns = [
        assignment.attach(clients[number % 2], domain, actor=person)
        for number in range(assignment.MOST_ATTACHED_A_DAY + 1)
    ]
    assert turns[:-1] == [None] * assignment.MOST_ATTACHED_A_DAY
    assert turns[-1] is not None
    assert turns[-1].code is RefusalCode.TOO_MANY
    assert domain.llm_client is clients[1]
    assert assignment.attach(clients[0], domain, actor=COMMAND) is None


def test_staff_and_commands_are_not_limited(account: Account) -> None:
    domain = make_domain(account)
    make_zone(domain)
    press(domain)
    finish_open_check(domain)
    assert isinstance(press(domain, origin=CheckOrigin.STAFF), CheckRequested)
    finish_open_check(domain)
    assert isinstance(press(domain, origin=CheckOrigin.COMMAND), CheckRequested)


def test_nothing_to_check_before_there_are_name_servers(account: Account) -> None:
    domain = registered(account, "chat.acme.test").domain
    assert isinstance(press(domain), NotReady)


def test_nothing_to_check_once_removed(account: Account) -> None:
    domain = make_domain(account, state=DomainState.REMOVED)
    make_zone(domain, ZoneState.RETIRED)
    assert isinstance(press(domain), NotReady)


def test_pressing_while_being_removed_brings_the_next_look_forward(account: Account) -> None:
    domain, now = make_domain(account), utcnow()
    zone = make_zone(domain)
    lifecycle.remove(domain, actor=COMMAND)
    zone.next_attempt_at = now + timedelta(days=1)
    assert press(domain, now=now) == ParentCheckRequested((Wake(see_zone_off, zone.id),))
    assert zone.next_attempt_at == now
    assert isinstance(press(domain, now=now + timedelta(seconds=5)), TooSoon)
    assert check_queries.open_check(domain) is None


def test_pressing_revives_an_expired_domain_with_the_same_values(account: Account) -> None:
    domain = make_domain(account, state=DomainState.EXPIRED)
    zone = make_zone(domain)
    before = list(zone.name_servers)
    assert isinstance(press(domain), CheckRequested)
    assert domain.state is DomainState.PENDING
    assert queries.current_zone(domain) is zone
    assert zone.name_servers == before


def test_removing_stops_serving_at_once_and_keeps_the_zone(account: Account) -> None:
    domain = make_domain(account, state=DomainState.VERIFIED)
    zone = make_zone(domain)
    client = make_llm_client(account, custom_domain=domain)
    lifecycle.remove(domain, actor=COMMAND, reason="moved")
    assert domain.state is DomainState.REMOVING
    assert not domain.is_verified
    assert client.custom_domain is None
    assert zone.state is ZoneState.LEAVING
    assert zone.next_attempt_at is not None
    assert LLMClientCustomDomain.get_verified_domains() == []


def test_removing_twice_is_removing_once(account: Account) -> None:
    domain = make_domain(account)
    lifecycle.remove(domain, actor=COMMAND)
    lifecycle.remove(domain, actor=COMMAND)
    assert sum(event.kind is EventKind.STATE_CHANGED for event in queries.history(domain)) == 1


def test_forbidden_transition_is_our_fault(account: Account) -> None:
    domain = make_domain(account, state=DomainState.REMOVED)
    with pytest.raises(ValueError, match="cannot go from removed to verified"):
        lifecycle.change_state(domain, DomainState.VERIFIED, utcnow(), SYSTEM, said("No."))


def test_domain_leads_to_one_client_and_a_client_has_one_domain(account: Account) -> None:
    domain, other = make_domain(account), make_domain(account, "other.acme.test")
    sales, support = make_llm_client(account, "Sales"), make_llm_client(account, "Support")
    assert assignment.attach(sales, domain, actor=COMMAND) is None
    assert assignment.attach(support, domain, actor=COMMAND) is None
    assert (sales.custom_domain, support.custom_domain) == (None, domain)
    assert assignment.attach(support, other, actor=COMMAND) is None
    db.session.refresh(domain)
    assert domain.llm_client is None
    assert other.llm_client is support


def test_foreign_domain_cannot_be_attached(account: Account) -> None:
    foreign = make_domain(make_account("Other"))
    refusal = assignment.attach(make_llm_client(account), foreign, actor=COMMAND)
    assert refusal is not None
    assert foreign.llm_client is None


def at_most(**values: object) -> Settings:
    return settings().model_copy(update=values)


def waiting(account: Account, name: str, state: ZoneState = ZoneState.READY) -> LLMClientCustomDomain:
    domain = make_domain(account, name)
    make_zone(domain, state)
    return domain


def no_room(account: Account, typed: str, limits: Settings) -> str:
    result = registration.register(account, typed, actor=COMMAND, settings=limits)
    assert isinstance(result, Refusal), result
    assert result.code is RefusalCode.TOO_MANY
    return f"{result.reason}: {result.sentence}"


def has_room(account: Account, typed: str, limits: Settings) -> bool:
    return isinstance(registration.register(account, typed, actor=COMMAND, settings=limits), Registered)


def quota(limit: int, used: int = 0) -> None:
    status.note_facts(Component.ZONE_QUOTA, {"limit": limit, "used": used}, utcnow())


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.EXPIRED])
@pytest.mark.parametrize("zone", [ZoneState.WANTED, ZoneState.PARKED, ZoneState.CREATED, ZoneState.READY])
def test_what_an_account_never_verified_is_limited_however_long_it_waits(
    account: Account, state: DomainState, zone: ZoneState
) -> None:
    limits, other = at_most(unverified_per_account=2), make_account("Other")
    for number in range(2):
        domain = waiting(account, f"chat{number}.acme.test", zone)
        domain.state, domain.created_at = state, utcnow() - timedelta(days=20)
    said = no_room(account, "one-more.acme.test", limits)
    assert said.startswith("too-many-unverified: 2 domains of this account")
    assert "Verify or remove one of them, and then try again." in said
    assert has_room(other, "chat.other.test", limits)


def test_to_verify_or_to_remove_one_makes_room_for_the_next(account: Account) -> None:
    limits = at_most(unverified_per_account=2)
    first, second = (waiting(account, f"chat{number}.acme.test") for number in range(2))
    lifecycle.change_state(first, DomainState.VERIFIED, utcnow(), SYSTEM, said("Proved."))
    assert has_room(account, "third.acme.test", limits)
    assert "too-many-unverified" in no_room(account, "fourth.acme.test", limits)
    lifecycle.remove(second, actor=COMMAND)
    assert has_room(account, "fourth.acme.test", limits)


def test_what_was_verified_once_or_has_no_zone_does_not_count(account: Account) -> None:
    limits = at_most(unverified_per_account=1)
    waiting(account, "lapsed.acme.test").verified_at = utcnow() - timedelta(days=50)
    waiting(account, "refused.acme.test", ZoneState.REFUSED)
    assert has_room(account, "chat.acme.test", limits)


def test_registering_and_removing_does_not_gather_zones(account: Account) -> None:
    limits = at_most(unverified_per_account=2)
    for number in range(2):
        lifecycle.remove(waiting(account, f"chat{number}.acme.test"), actor=COMMAND)
    assert no_room(account, "one-more.acme.test", limits).startswith(
        "too-many-leaving: The zones of 2 domains"
    )
    for zone in db.session.query(HostedZone):
        zone.state = ZoneState.RETIRED
    assert has_room(account, "one-more.acme.test", limits)


def test_registering_the_same_name_again_is_no_new_name(account: Account) -> None:
    domain = waiting(account, "chat.acme.test")
    again = registration.register(
        account, "chat.acme.test", actor=COMMAND, settings=at_most(unverified_per_account=1)
    )
    assert isinstance(again, Registered)
    assert again.domain is domain


def test_unverified_zones_of_all_accounts_are_a_share_of_the_quota(account: Account) -> None:
    """Of 20 zones 10 may be unverified, and the last two of these are for whoever has verified a name."""
    quota(20)
    limits, newcomer = at_most(unverified_per_account=5), make_account("Newcomer")
    squatters = [make_account(f"Squatter {number}") for number in range(2)]
    for number in range(7):
        waiting(squatters[number % 2], f"chat{number}.squat.test")
    assert has_room(newcomer, "chat.newcomer.test", limits)
    refusal = no_room(make_account("Next"), "chat.next.test", limits)
    assert refusal.startswith("no-room: Too many domains wait to be verified")
    assert "accounts that have not verified one yet" in refusal
    assert "contact nameplate@localhost" in refusal
    make_domain(account, "live.acme.test", DomainState.VERIFIED)
    assert has_room(account, "ninth.acme.test", limits)
    assert has_room(account, "tenth.acme.test", limits)
    assert "no new ones at the moment" in no_room(account, "eleventh.acme.test", limits)


@pytest.mark.parametrize(("used", "room"), [(15, True), (16, False), (20, False)])
def test_last_part_of_the_quota_is_for_accounts_that_proved_a_name(
    account: Account, used: int, room: bool
) -> None:
    quota(20, used)
    newcomer = make_account("Newcomer")
    make_domain(account, "live.acme.test", DomainState.LAPSED, verified_at=utcnow())
    assert has_room(newcomer, "chat.newcomer.test", settings()) is room
    assert has_room(account, "chat.acme.test", settings())


def test_removed_proof_is_none(account: Account) -> None:
    quota(20, 16)
    make_domain(account, "gone.acme.test", DomainState.REMOVED, verified_at=utcnow())
    assert "no-room" in no_room(account, "chat.acme.test", settings())


def test_our_own_zones_are_counted_although_aws_was_asked_an_hour_ago(account: Account) -> None:
    quota(5, 0)
    proved = make_account("Proved")
    for number in range(4):
        make_zone(make_domain(proved, f"live{number}.proved.test", DomainState.VERIFIED))
    assert "no-room" in no_room(account, "chat.acme.test", settings())


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED])
def test_until_aws_told_its_quota_the_shares_refuse_nobody(account: Account, state: DomainState) -> None:
    """An upgraded installation may have a raised quota, which is not known before the first comparison."""
    proved, others = make_account("Proved"), make_account("Others")
    make_domain(proved, "live.proved.test", DomainState.VERIFIED)
    for number in range(520):
        make_zone(make_domain(others, f"chat{number}.others.test", state))
    assert queries.zone_quota() == queries.ZoneQuota(None, 520)
    assert has_room(account, "chat.acme.test", settings())
    assert has_room(proved, "chat.proved.test", settings())
    quota(500)
    assert "no-room" in no_room(account, "next.acme.test", settings())


def test_until_aws_told_its_quota_the_limit_of_an_account_holds(account: Account) -> None:
    limits = at_most(unverified_per_account=1)
    assert has_room(account, "chat.acme.test", limits)
    assert "too-many-unverified" in no_room(account, "next.acme.test", limits)


def test_without_room_only_who_has_a_domain_that_waits_is_told_to_verify_it(account: Account) -> None:
    quota(20)
    others = make_account("Others")
    for number in range(8):
        waiting(others, f"chat{number}.others.test")
    assert "Try again tomorrow" in no_room(account, "chat.acme.test", settings())
    assert "Verify a domain that you have registered, try again tomorrow" in no_room(
        others, "next.others.test", settings()
    )


def test_quota_that_aws_told_counts(account: Account) -> None:
    quota(2000, 7)
    waiting(account, "chat.acme.test")
    assert queries.zone_quota() == queries.ZoneQuota(2000, 7)
