"""Where `make run` listens, on this machine's real ports."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from webapp.sandbox.laptop.ports import PortError, choose_ports, free_row
from webapp.sandbox.shared.environment import DNS_PORT_COUNT


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def taken_udp() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", free_row()))
        yield listener.getsockname()[1]


@pytest.fixture
def web() -> str:
    return str(free_row())


def test_free_ports_are_found_when_nobody_chose(web: str) -> None:
    found = choose_ports({"PORT": web}, {})
    assert found.web == int(web)
    row = range(found.first_dns, found.first_dns + DNS_PORT_COUNT)
    assert len({found.web, found.sandbox, found.edge, found.tls, *row}) == DNS_PORT_COUNT + 4


def test_the_ports_of_the_last_run_stay(web: str) -> None:
    first = choose_ports({"PORT": web}, {})
    remembered = {
        "SANDBOX_PORT": str(first.sandbox),
        "SANDBOX_DNS_PORT": str(first.first_dns),
        "SANDBOX_EDGE_PORT": str(first.tls),
        "EDGE_BIND": first.edge_bind,
    }
    assert choose_ports({"PORT": web}, remembered) == first


def test_a_chosen_port_comes_before_a_remembered_one(web: str) -> None:
    chosen, remembered = str(free_row()), str(free_row())
    assert choose_ports({"PORT": web, "SANDBOX_PORT": chosen}, {"SANDBOX_PORT": remembered}).sandbox == int(
        chosen
    )


def test_a_taken_place_of_the_edge_service_is_a_sentence_with_another(taken: int, web: str) -> None:
    sentence = rf"^Port {taken} is taken by another program\..* EDGE_BIND=127\.0\.0\.1:\d+ make run$"
    with pytest.raises(PortError, match=sentence):
        choose_ports({"PORT": web, "EDGE_BIND": f"127.0.0.1:{taken}"}, {})


@pytest.mark.parametrize("text", ["0.0.0.0:8002", "8002", "localhost:8002", ":8002"])
def test_the_edge_service_listens_on_this_machine_alone(text: str, web: str) -> None:
    with pytest.raises(PortError, match=r"listens on 127\.0\.0\.1: EDGE_BIND=127\.0\.0\.1:8002$"):
        choose_ports({"PORT": web, "EDGE_BIND": text}, {})


@pytest.mark.parametrize("setting", ["PORT", "SANDBOX_PORT", "SANDBOX_DNS_PORT", "SANDBOX_EDGE_PORT"])
def test_a_taken_port_is_a_sentence_that_names_the_setting(setting: str, taken: int, web: str) -> None:
    with pytest.raises(
        PortError, match=rf"^Port {taken} is taken by another program\..* {setting}=\d+ make run$"
    ):
        choose_ports({"PORT": web, setting: str(taken)}, {})


def test_a_port_in_the_middle_of_the_name_servers_counts(taken_udp: int, web: str) -> None:
    with pytest.raises(PortError, match=f"^Port {taken_udp} is taken"):
        choose_ports({"PORT": web, "SANDBOX_DNS_PORT": str(taken_udp - 7)}, {})


@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "80 ", "٣٣٣٣"])
def test_what_is_no_port_is_a_sentence(text: str) -> None:
    with pytest.raises(PortError, match=r"PORT is “.*”, which is not a port between 1 and 65535"):
        choose_ports({"PORT": text}, {})


def test_name_servers_need_room_above_their_first_port(web: str) -> None:
    with pytest.raises(PortError, match=f"between 1 and {65536 - DNS_PORT_COUNT}"):
        choose_ports({"PORT": web, "SANDBOX_DNS_PORT": "65530"}, {})


def test_ports_that_overlap_are_refused(web: str) -> None:
    with pytest.raises(PortError, match="overlap"):
        choose_ports({"PORT": web, "SANDBOX_PORT": web}, {})
    with pytest.raises(PortError, match="overlap"):
        choose_ports(
            {"PORT": web, "SANDBOX_EDGE_PORT": str(int(web) + 1), "EDGE_BIND": f"127.0.0.1:{int(web) + 1}"},
            {},
        )
