"""One check's questions: counted, and each written down as evidence the moment its answer is there."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from webapp.dns.answers import UNHEARD, Answer, Outcome
from webapp.dns.batch_cache import NOTE_ABOVE, BatchCache
from webapp.dns.limits import Budget, Limits, Targets
from webapp.dns.notes import Note
from webapp.dns.resolver import Dns
from webapp.dns.servers.evidence import Delegation, Dispute, Observer, Role
from webapp.dns.servers.evidence_log import EvidenceLog


@dataclass(frozen=True)
class Recursive:
    """An answer of our resolvers. `bogus`: they answered only with checking disabled (CD=1)."""

    answer: Answer
    bogus: bool = False


@dataclass(frozen=True)
class Word:
    """What one resolver says of one name and type; no values when it says that there are none.

    `bogus`: it withholds these values, because their signatures are wrong. `alias`: the name is an alias.
    """

    resolver: str
    values: frozenset[str]
    bogus: bool = False
    alias: bool = False


#: Failures (SERVFAIL, and no DNSSEC to blame) after which a resolver is taken for broken as long as another is not.
_MOST_FAILURES = 2


class Inquiry:
    """Puts questions within the limits of one check and keeps the evidence in `asked`."""

    def __init__(
        self,
        dns: Dns,
        cache: BatchCache | None = None,
        limits: Limits | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.limits = limits or dns.limits
        self._cache = cache
        self._log = EvidenceLog(observer)
        self.asked = self._log.asked
        #: Whether a resolver sent any message, be it SERVFAIL, and whether one answered about a name.
        self.resolver_heard = False
        self.resolver_answered = False
        self.disputes: list[Dispute] = []
        #: Referrals on the way to zones of name servers, by the zone that each leads to; and which ways are walked.
        self.referrals: dict[str, Answer] = {}
        self.walking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        #: The name servers that the check expects, and the delegations on the way to the parent zone, by their zones.
        self.ours: frozenset[str] = frozenset()
        self.delegations: dict[str, Delegation] = {}
        self._words: dict[tuple[str, str], tuple[Word, ...]] = {}
        self._said: dict[tuple[str, str, int], Word] = {}
        self._silent: set[int] = set()
        self._tried: set[int] = set()
        self._failures: Counter[int] = Counter()
        self._doors: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._targets = Targets(self.limits)
        self._dns = dns
        self._budget = Budget(self.limits.queries)

    @property
    def paths(self) -> range:
        """One number per recursive resolver, for as many of them as are asked."""
        return range(len(self._dns.resolvers))[: self.limits.resolvers]

    @property
    def left(self) -> int:
        """How many packets the check may still send."""
        return self._budget.left

    def resolver(self, path: int) -> str:
        return self._dns.resolvers[path]

    async def ask(
        self, role: Role, server: str, address: str, name: str, rdtype: str, *, tcp: bool = False
    ) -> Answer:
        """Asks one authoritative server, without recursion."""
        refusal = self._targets.refusal(address, tcp=tcp)
        if refusal:
            answer = Answer(name, rdtype, Outcome.NOT_ASKED, address, note=refusal)
        else:
            self._log.asking(role, server, address)
            answer = await self._dns.ask(address, name, rdtype, budget=self._budget, tcp=tcp)
            if answer.outcome is not Outcome.NOT_ASKED:
                self._targets.note(address, tcp=tcp, heard=answer.outcome not in UNHEARD)
        self._log.write_down(role, server, answer)
        return answer

    async def ask_above(self, server: str, address: str, name: str, rdtype: str) -> Answer:
        """Asks a server of a zone above for the name servers of the zone `name`, or for the address of the name
        server `name`, unless the batch cache knows."""
        question = (name, rdtype, address)
        known = self._cache.recall(question) if self._cache else None
        if known is not None:
            self._log.write_down("above", server, known)
            return known
        answer = await self.ask("above", server, address, name, rdtype, tcp=True)
        if self._cache:
            self._cache.keep(question, answer, NOTE_ABOVE)
        return answer

    def leave_out(self, role: Role, server: str, address: str, question: str, note: Note) -> None:
        """Writes down that a server was not asked, and why."""
        self._log.leave_out(role, server, address, question, note)

    async def resolve(self, name: str, rdtype: str, path: int, *, checking: bool = True) -> Answer:
        """Asks one resolver of ours."""
        self._log.asking("resolver", self.resolver(path), self.resolver(path))
        answer = await self._dns.resolve(
            name, rdtype, budget=self._budget, path=path, checking_disabled=not checking
        )
        self._tried.add(path)
        self.resolver_answered |= answer.outcome.answered
        if answer.outcome in UNHEARD:
            self._silent.add(path)
        elif answer.outcome is not Outcome.NOT_ASKED:
            self.resolver_heard = True
        self._log.write_down("resolver", answer.address, answer, checking=checking)
        return answer

    async def learn(self, name: str, rdtype: str, path: int) -> Answer:
        """Asks one resolver about a zone above the host or a name server's address, unless the batch cache knows.

        Never use it for the host itself: what resolvers say about the host must be asked afresh.
        """
        known = self._cache.recall((name, rdtype, path)) if self._cache else None
        if known is None:
            answer = await self.resolve(name, rdtype, path)
            if self._cache:
                self._cache.keep((name, rdtype, path), answer)
            return answer
        self.resolver_heard = self.resolver_answered = True
        self._log.write_down("resolver", known.address, known)
        return known

    async def recurse(self, name: str, rdtype: str) -> Recursive:
        """Asks our resolvers in turn until one answers.

        SERVFAIL is asked again with checking disabled. When that gives an answer, and checking still does
        not, the resolver calls the zone bogus; another resolver's word must not cover that up.
        """
        answer = Answer(name, rdtype, Outcome.NOT_ASKED)
        # A resolver that was silent once is asked last, else it would eat up the time of every question.
        for path in sorted(self.paths, key=lambda path: path in self._silent):
            answer = await self.learn(name, rdtype, path)
            if answer.outcome.answered:
                break
            if answer.outcome is Outcome.SERVFAIL:
                unchecked = await self.unchecked(name, rdtype, path)
                if unchecked:
                    return Recursive(unchecked, bogus=True)
        return Recursive(answer)

    async def unchecked(self, name: str, rdtype: str, path: int) -> Answer | None:
        """The answer with checking disabled, if one resolver withholds it as bogus; else None."""
        unchecked = await self.resolve(name, rdtype, path, checking=False)
        if not unchecked.outcome.answered:
            return None
        again = await self.resolve(name, rdtype, path)
        return unchecked if again.outcome is Outcome.SERVFAIL else None

    async def words(self, name: str, rdtype: str) -> tuple[Word, ...]:
        """What each of our resolvers says of a zone above the host, or of a name server's address.

        A resolver that cannot be asked is not among them: its silence is no dissent.
        """
        known = self._words.get((name, rdtype))
        if known:
            return known
        said = await asyncio.gather(*(self.word(name, rdtype, path) for path in self.paths))
        words = self._words[name, rdtype] = tuple(word for word in said if word)
        return words

    async def word(self, name: str, rdtype: str, path: int) -> Word | None:
        """What one resolver says. Its first question goes alone: if it is silent, it is not asked the others, unless
        no other resolver is left."""
        key = (name, rdtype, path)
        known = self._said.get(key) or await self._ask_for_word(*key)
        if known:
            self._said[key] = known
        return known

    async def _ask_for_word(self, name: str, rdtype: str, path: int) -> Word | None:
        answer = None
        async with self._doors[path]:
            if path not in self._tried:
                answer = await self.learn(name, rdtype, path)
        if answer is None and self._passed_over(path):
            return None
        answer = answer or await self.learn(name, rdtype, path)
        if answer.outcome is not Outcome.SERVFAIL:
            return _word(answer) if answer.outcome.answered else None
        withheld = await self.unchecked(name, rdtype, path)
        if withheld is None:
            self._failures[path] += 1
            return None
        return _word(withheld, bogus=True)

    def _passed_over(self, path: int) -> bool:
        def of_no_use(one: int) -> bool:
            return one in self._silent or self._failures[one] >= _MOST_FAILURES

        return of_no_use(path) and not all(of_no_use(one) for one in self.paths)

    def askable(self, role: Role, server: str, found: Iterable[str]) -> tuple[str, ...]:
        """The addresses of `found` that may be asked, within the caps. The evidence says why the others may not.

        The two families take turns, IPv4 first, so that a family that is dead does not use up the time of the other.
        """
        families: tuple[list[str], list[str]] = ([], [])
        for address in found:
            refusal = self._dns.refusal(address)
            if refusal:
                self.leave_out(role, server, address, "", refusal)
            else:
                families[":" in address].append(address)
        capped = (family[: self.limits.addresses_per_family] for family in families)
        turns = itertools.chain.from_iterable(itertools.zip_longest(*capped))
        return tuple(address for address in turns if address is not None)

    def may_ask(self, address: str) -> bool:
        """Whether the address filter lets this address be asked."""
        return self._dns.refusal(address) is None


def _word(answer: Answer, *, bogus: bool = False) -> Word:
    values = frozenset(answer.values(answer.type))
    return Word(answer.address, values, bogus, answer.record_set("CNAME") is not None)
