"""DNS messages that hypothesis generates."""

from __future__ import annotations

from collections.abc import Sequence

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from hypothesis import strategies as st

HOST = "chat.acme.com"
NAMES = (
    "ns-101.awsdns-12.com.",
    "NS-613.awsdns-13.net.",
    "ns-1125.awsdns-14.org.",
    "ns-1637.awsdns-15.co.uk.",
)
APEX = ("Chat.ACME.com.", 900, "IN", "SOA", "ns1.acme.com. Host-Master.acme.com. 7 7200 900 1209600 300")


def response(
    answer: Sequence[tuple[object, ...]] = (),
    authority: Sequence[tuple[object, ...]] = (),
    **edns: object,
) -> dns.message.Message:
    query = dns.message.make_query(HOST, "NS", id=4711)
    query.use_edns(0, payload=1232)
    made = dns.message.make_response(query, **edns)  # type: ignore[arg-type]
    made.answer += [dns.rrset.from_text(*given) for given in answer]  # type: ignore[arg-type]
    made.authority += [dns.rrset.from_text(*given) for given in authority]  # type: ignore[arg-type]
    return made


ORDINARY = {
    "referral": response(authority=[(f"{HOST}.", 172800, "IN", "NS", *NAMES)]),
    "apex": response([(f"{HOST}.", 172800, "IN", "NS", *NAMES)]),
    "soa": response([APEX]),
    "nothing": response(authority=[APEX]),
    "addresses": response([(f"{HOST}.", 60, "IN", "A", "192.0.2.1", "198.51.100.7")]),
    "empty": response(),
}
UNUSUAL = {
    "text": response([(f"{HOST}.", 60, "IN", "TXT", '"one" "two"')]),
    "a signed key": response([(f"{HOST}.", 60, "IN", "DS", "1 13 2 " + 64 * "a")]),
    "an escaped name": response([("we\\.ird.acme.com.", 60, "IN", "A", "192.0.2.1")]),
    "a long address": response([(f"{HOST}.", 60, "IN", "AAAA", "2001:db8::1")]),
    "an alias": response([(f"{HOST}.", 60, "IN", "CNAME", "Edge.Example.net.")]),
    "two SOA records": response([APEX, (*APEX[:4], APEX[4].replace(" 7 ", " 8 "))]),
    "another class": response([(f"{HOST}.", 60, "CH", "TXT", "Knot")]),
}


def labels() -> st.SearchStrategy[str]:
    return st.text("abCD09-_", min_size=1, max_size=12)


def domain_names() -> st.SearchStrategy[str]:
    return st.lists(labels(), max_size=4).map(lambda parts: ".".join((*parts, "Acme.com")) + ".")


def record_sets() -> st.SearchStrategy[tuple[object, ...]]:
    ttl = st.integers(0, 2**31 - 1)
    addresses = st.ip_addresses(v=4).map(str)
    long_addresses = st.ip_addresses(v=6).map(str)
    soa = st.builds(lambda a, b, n: f"{a} {b} {n} 7200 900 1209600 {n}", domain_names(), domain_names(), ttl)
    values = st.one_of(
        st.tuples(st.just("NS"), st.lists(domain_names(), min_size=1, max_size=6)),
        st.tuples(st.just("A"), st.lists(addresses, min_size=1, max_size=4)),
        st.tuples(st.just("AAAA"), st.lists(long_addresses, min_size=1, max_size=3)),
        st.tuples(st.just("CNAME"), domain_names().map(lambda name: [name])),
        st.tuples(st.just("SOA"), soa.map(lambda text: [text])),
        st.tuples(st.just("TXT"), st.just(['"v=spf1 -all"'])),
    )
    return st.builds(
        lambda owner, ttl, kind: (owner, ttl, "IN", kind[0], *kind[1]), domain_names(), ttl, values
    )


MESSAGES = st.builds(
    response,
    st.lists(record_sets(), max_size=4),
    st.lists(record_sets(), max_size=3),
    our_payload=st.just(1232),
)
