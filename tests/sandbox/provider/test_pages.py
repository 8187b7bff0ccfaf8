"""The pages of the pretended DNS provider."""

from __future__ import annotations

import html5lib
import pytest
from flask.testing import FlaskClient

from webapp.sandbox.provider import records
from webapp.sandbox.shared.store import Store


def stored(store: Store) -> list[tuple[str, str, int, str]]:
    return [(one.name, one.type, one.ttl, one.value) for one in records.records(store)]


def add(web: FlaskClient, zone: str = "acme.test", **typed: str) -> str:
    """Add a record and return the page one is led to."""
    form = {"name": "chat", "type": "NS", "ttl": "3600", "value": "ns-1.awsdns-00.com."} | typed
    answer = web.post(f"/zones/{zone}/records", data=form, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_name_opens_the_domain_it_is_in(web: FlaskClient) -> None:
    answer = web.post("/zones", data={"zone": "Chat.Acme.Test"})

    assert (answer.status_code, answer.location) == (303, "/zones/acme.test")
    assert ">acme.test</a>" in web.get("/").get_data(as_text=True)


def test_what_is_no_domain_is_said_and_kept(web: FlaskClient) -> None:
    answer = web.post("/zones", data={"zone": "co.uk"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "“co.uk” is not a domain that anybody can register." in page
    assert 'value="co.uk"' in page


def test_looking_at_a_domain_writes_nothing(web: FlaskClient, store: Store) -> None:
    page = web.get("/zones/acme.test").get_data(as_text=True)

    assert "ns1.sandbox-registrar.test." in page
    assert records.zones(store) == []


def test_a_record_is_stored_and_shown_in_full(web: FlaskClient, store: Store) -> None:
    page = add(web)

    assert stored(store) == [("chat.acme.test", "NS", 3600, "ns-1.awsdns-00.com.")]
    assert "chat.acme.test. 3600 NS ns-1.awsdns-00.com." in page


def test_the_missing_final_dot_can_be_seen_after_the_mistake(web: FlaskClient) -> None:
    page = add(web, name="chat.acme.test", value="ns-1.awsdns-00.com")

    assert "chat.acme.test.acme.test. 3600 NS ns-1.awsdns-00.com.acme.test." in page


def test_four_lines_make_four_records(web: FlaskClient, store: Store) -> None:
    add(web, value="a.test.\nb.test.\nc.test.\nd.test.")

    assert [value for *_, value in stored(store)] == ["a.test.", "b.test.", "c.test.", "d.test."]


def test_the_same_record_again_takes_the_new_ttl(web: FlaskClient, store: Store) -> None:
    add(web)
    page = add(web, ttl="60")

    assert stored(store) == [("chat.acme.test", "NS", 60, "ns-1.awsdns-00.com.")]
    assert "This is stored now" in page


def test_what_cannot_be_read_is_said_and_kept(web: FlaskClient, store: Store) -> None:
    answer = web.post(
        "/zones/acme.test/records", data={"name": "www", "type": "A", "ttl": "60", "value": "1.2.3.400"}
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "“1.2.3.400” is not an IPv4 address" in page
    assert 'value="www"' in page
    assert ">1.2.3.400</textarea>" in page
    assert stored(store) == []


def test_a_record_is_edited(web: FlaskClient, store: Store) -> None:
    add(web, name="chat.acme.test")
    (record,) = records.records(store)
    url = f"/zones/acme.test/records/{record.id}"
    assert 'value="chat.acme.test"' in web.get(url).get_data(as_text=True)

    web.post(url, data={"name": "chat", "type": "NS", "ttl": "60", "value": "ns-2.awsdns-00.com."})

    assert stored(store) == [("chat.acme.test", "NS", 60, "ns-2.awsdns-00.com.")]


@pytest.mark.parametrize(
    ("name", "value"), [("@", "10 mail.acme.test."), ("a.b", "10 ."), ("chat.acme.test", "10 x.test.")]
)
def test_saving_without_a_change_changes_nothing(
    web: FlaskClient, store: Store, name: str, value: str
) -> None:
    add(web, name=name, type="MX", value=value)
    before = stored(store)
    (record,) = records.records(store)
    page = html5lib.parse(web.get(f"/zones/acme.test/records/{record.id}").data, namespaceHTMLElements=False)
    shown = {field.get("name"): field.get("value") for field in page.findall(".//input")}
    value_shown = page.findtext(".//textarea")

    web.post(f"/zones/acme.test/records/{record.id}", data={**shown, "type": "MX", "value": value_shown})

    assert stored(store) == before


def test_a_fault_while_editing_keeps_the_record(web: FlaskClient, store: Store) -> None:
    add(web)
    (record,) = records.records(store)

    answer = web.post(
        f"/zones/acme.test/records/{record.id}", data={"name": "chat", "type": "A", "ttl": "60", "value": "x"}
    )

    assert answer.status_code == 422
    assert records.records(store) == [record]


def test_a_record_is_deleted_and_deleting_again_is_no_fault(web: FlaskClient, store: Store) -> None:
    add(web)
    (record,) = records.records(store)

    for _ in range(2):
        answer = web.post(f"/zones/acme.test/records/{record.id}/delete", follow_redirects=True)
        assert answer.status_code == 200
    assert stored(store) == []


def test_records_of_another_zone_cannot_be_reached(web: FlaskClient, store: Store) -> None:
    add(web)
    (record,) = records.records(store)

    assert web.get(f"/zones/other.test/records/{record.id}").status_code == 404
    web.post(f"/zones/other.test/records/{record.id}/delete")
    assert records.records(store) == [record]


@pytest.mark.parametrize("path", ["/zones/test", "/zones/chat.acme.test", "/zones/ACME.test", "/nowhere"])
def test_what_is_not_there_is_a_page_that_says_so(web: FlaskClient, path: str) -> None:
    answer = web.get(path)

    assert answer.status_code == 404
    assert "There is no such page." in answer.get_data(as_text=True)


def test_forms_of_other_sites_are_refused(web: FlaskClient, store: Store) -> None:
    answer = web.post(
        "/zones/acme.test/records",
        data={"name": "x", "type": "A", "ttl": "60", "value": "192.0.2.1"},
        headers={"Origin": "https://evil.example"},
    )

    assert answer.status_code == 403
    assert stored(store) == []


def switch(web: FlaskClient, **chosen: str) -> int:
    return web.post("/zones/acme.test/settings", data=chosen).status_code


def test_the_proxy_is_switched_on_and_off(web: FlaskClient, store: Store) -> None:
    page = add(web, type="CNAME", value="edge.other.test.", proxy="on")
    (record,) = records.records(store)
    assert record.proxied
    assert "chat.acme.test. 3600 CNAME edge.other.test. ; proxied" in page
    url = f"/zones/acme.test/records/{record.id}"
    assert '<option value="on" selected>Proxied' in web.get(url).get_data(as_text=True)

    page = web.post(
        url,
        data={"name": "chat", "type": "CNAME", "ttl": "60", "value": record.value, "proxy": "off"},
        follow_redirects=True,
    ).get_data(as_text=True)

    assert [one.proxied for one in records.records(store)] == [False]
    assert ">DNS only</td>" in page


def test_what_the_provider_does_not_take_is_said_beside_its_field_and_kept(
    web: FlaskClient, store: Store
) -> None:
    add(web, type="TXT", value="token")
    before = stored(store)

    answer = web.post(
        "/zones/acme.test/records",
        data={"name": "chat", "type": "CNAME", "ttl": "60", "value": "edge.other.test.", "proxy": "on"},
    )

    page = html5lib.parse(answer.data, namespaceHTMLElements=False)
    problem = page.find(".//*[@id='name-problem']")
    assert answer.status_code == 422
    assert problem is not None
    assert (problem.text or "").startswith("chat.acme.test has other records already (TXT).")
    field = page.find(".//input[@id='name']")
    assert field is not None
    assert "name-problem" in field.get("aria-describedby", "")
    assert page.findtext(".//textarea") == "edge.other.test."
    assert page.findtext(".//select[@id='proxy']/option[@selected]") == "Proxied"
    assert stored(store) == before


def test_two_lines_of_one_submission_may_be_in_each_others_way(web: FlaskClient, store: Store) -> None:
    answer = web.post(
        "/zones/acme.test/records",
        data={"name": "chat", "type": "CNAME", "ttl": "60", "value": "a.other.test.\nb.other.test."},
    )

    assert answer.status_code == 422
    assert "a name can have one only" in answer.get_data(as_text=True)
    assert stored(store) == []


def test_editing_into_a_refusal_keeps_the_record(web: FlaskClient, store: Store) -> None:
    add(web, type="TXT", value="token")
    add(web, name="www", type="A", value="192.0.2.1")
    (record,) = (one for one in records.records(store) if one.type == "A")
    before = stored(store)

    answer = web.post(
        f"/zones/acme.test/records/{record.id}",
        data={"name": "chat", "type": "CNAME", "ttl": "60", "value": "edge.other.test."},
    )

    assert answer.status_code == 422
    assert stored(store) == before


def test_a_record_may_become_a_cname_where_it_stood(web: FlaskClient, store: Store) -> None:
    add(web, type="A", value="192.0.2.1")
    (record,) = records.records(store)

    web.post(
        f"/zones/acme.test/records/{record.id}",
        data={"name": "chat", "type": "CNAME", "ttl": "60", "value": "edge.other.test."},
    )

    assert [(one.type, one.value) for one in records.records(store)] == [("CNAME", "edge.other.test.")]


def test_settings_are_saved_and_shown(web: FlaskClient, store: Store) -> None:
    page = web.post(
        "/zones/acme.test/settings",
        data={"provider": "sites", "flatten": "apex", "names": "as-typed"},
        follow_redirects=True,
    ).get_data(as_text=True)

    assert "Saved." in page
    for chosen in ('value="sites" selected', 'value="apex" selected', 'value="as-typed" selected'):
        assert chosen in page
    assert "– Sandbox Sites</title>" in page
    assert "ns1.sandbox-sites.test." in page
    assert "ns1.sandbox-registrar.test." not in page
    assert "at Sandbox Sites" in web.get("/").get_data(as_text=True)


def test_the_provider_without_ns_records_says_so(web: FlaskClient, store: Store) -> None:
    assert switch(web, provider="sites") == 303

    answer = web.post(
        "/zones/acme.test/records",
        data={"name": "chat", "type": "NS", "ttl": "60", "value": "ns.other.test."},
    )

    assert answer.status_code == 422
    assert "NS records are not supported for subdomains." in answer.get_data(as_text=True)
    assert stored(store) == []


@pytest.mark.parametrize("chosen", [{"flatten": "sometimes"}, {"provider": "nobody"}, {"names": ""}])
def test_a_setting_that_does_not_exist_is_said_and_not_saved(
    web: FlaskClient, store: Store, chosen: dict[str, str]
) -> None:
    assert switch(web, **chosen) == 422
    assert records.zones(store) == []


def test_a_record_in_the_way_of_a_setting_is_said_beside_it(web: FlaskClient, store: Store) -> None:
    add(web)

    answer = web.post("/zones/acme.test/settings", data={"provider": "sites", "flatten": "apex"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert (
        'id="provider-problem">Sandbox Sites takes no NS records. Delete those of chat.acme.test first.'
        in page
    )
    assert 'value="sites" selected' in page
    assert 'value="apex" selected' in page
    assert records.switches(store, "acme.test").as_text()["flatten"] == "off"


def test_where_nothing_is_appended_a_pasted_full_name_is_that_name(web: FlaskClient, store: Store) -> None:
    switch(web, names="as-typed")

    add(web, name="chat.acme.test", type="CNAME", value="edge.other.test")

    assert stored(store) == [("chat.acme.test", "CNAME", 3600, "edge.other.test.")]


@pytest.mark.parametrize("names", ["append", "as-typed"])
@pytest.mark.parametrize("name", ["chat.acme.test.acme.test.", "chat.acme.test.", "acme.test."])
def test_saving_without_a_change_changes_nothing_whatever_is_appended(
    web: FlaskClient, store: Store, names: str, name: str
) -> None:
    add(web, name=name, type="MX", value="10 mail.other.test.")
    switch(web, names=names)
    before = stored(store)
    (record,) = records.records(store)
    url = f"/zones/acme.test/records/{record.id}"
    page = html5lib.parse(web.get(url).data, namespaceHTMLElements=False)
    shown = {field.get("name"): field.get("value") for field in page.findall(".//input")}

    saved = web.post(url, data={**shown, "type": "MX", "value": page.findtext(".//textarea")})

    assert saved.status_code == 303
    assert stored(store) == before


@pytest.mark.parametrize("typed", ["sandbox-edge.test", "x.sandbox-edge.test"])
def test_the_edges_domain_is_nobodys_to_open(web: FlaskClient, typed: str) -> None:
    assert web.post("/zones", data={"zone": typed}).status_code == 422
    assert web.get("/zones/sandbox-edge.test").status_code == 404


def test_what_was_typed_is_shown_as_text(web: FlaskClient) -> None:
    page = add(web, type="TXT", value="<script>alert(1)</script>")

    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("path", ["/", "/zones/acme.test", "/zones/acme.test/records/1", "/nowhere"])
def test_pages_are_html_with_one_heading_and_nothing_inline(web: FlaskClient, path: str) -> None:
    add(web)
    answer = web.get(path)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)

    page = parser.parse(answer.data)

    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(page.findall(".//h1")) == 1
    assert len(ids) == len(set(ids))
    assert page.find(".//script") is None
    assert not [element for element in page.iter() if element.get("style")]
    labelled = {label.get("for") for label in page.findall(".//label")}
    fields = [*page.findall(".//input"), *page.findall(".//select"), *page.findall(".//textarea")]
    assert all(field.get("id") in labelled for field in fields)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
