"""Lists of names as people paste and upload them."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.imports.lines import parsing
from webapp.imports.lines.parsing import Line, Read, read
from webapp.messages.catalogue import sentence
from webapp.models import Message

NAMES = [Line(1, "chat.acme.test"), Line(2, "help.acme.test")]
BELOW_A_HEADER = [Line(2, "chat.acme.test"), Line(3, "help.acme.test")]
WITH_CLIENT = [Line(2, "chat.acme.test", llm_client="sales")]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"chat.acme.test\nhelp.acme.test", NAMES),
        (b"chat.acme.test\r\nhelp.acme.test\r\n", NAMES),
        (b"chat.acme.test\rhelp.acme.test\r", NAMES),
        (b"\n\nchat.acme.test\n", [Line(3, "chat.acme.test")]),
        (b"  chat.acme.test \n\thelp.acme.test\n", NAMES),
        (b'"chat.acme.test"\nhelp.acme.test', NAMES),
        (b"domain_name\nchat.acme.test\nhelp.acme.test\n", BELOW_A_HEADER),
        (b"\xef\xbb\xbfdomain_name\nchat.acme.test\nhelp.acme.test\n", BELOW_A_HEADER),
        ("domain_name\nchat.acme.test\nhelp.acme.test\n".encode("utf-16"), BELOW_A_HEADER),
        ("bücher.acme.test\n".encode(), [Line(1, "bücher.acme.test")]),
        (b"domain_name,llm_client\nchat.acme.test,sales\n", WITH_CLIENT),
        (b"domain_name;llm_client\nchat.acme.test;sales\n", WITH_CLIENT),
        (b"domain_name\tllm_client\nchat.acme.test\tsales\n", WITH_CLIENT),
        (b"LLM client,Domain Name\nsales,chat.acme.test\n", WITH_CLIENT),
        (b'"domain_name","llm_client"\n"chat.acme.test","sales"\n', WITH_CLIENT),
        (b"domain_name,llm_client\nchat.acme.test\n", [Line(2, "chat.acme.test")]),
        (b"domain_name,llm_client\n,,\n\nchat.acme.test,\n", [Line(4, "chat.acme.test")]),
        (b'domain_name,llm_client\n"chat.acme.test","sa\nles"\nhelp.acme.test,\n', None),
        (
            b"domain_name,aws_hosted_zone_id,is_verified\nchat.acme.test,Z1,True\n",
            [Line(2, "chat.acme.test", aws_hosted_zone_id="Z1")],
        ),
        (
            b"id,domain_name,account,method\n7,chat.acme.test,1234-5678-9012,records\n",
            [Line(2, "chat.acme.test", method="records", account="1234-5678-9012")],
        ),
        (
            b"name,domain\nOur shop,chat.acme.test\n",
            [Line(2, "chat.acme.test")],
        ),
    ],
)
def test_lists_that_are_understood(data: bytes, lines: list[Line] | None) -> None:
    found = read(data)
    assert isinstance(found, Read)
    if lines is None:
        assert [(line.number, line.domain_name) for line in found.lines] == [
            (2, "chat.acme.test"),
            (4, "help.acme.test"),
        ]
    else:
        assert list(found.lines) == lines


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "import.empty", "The list is empty"),
        (b" \n\r\n", "import.empty", "The list is empty"),
        (b"domain_name\n\n", "import.only-header", "no line below"),
        ("a.acme.test\nbücher.acme.test".encode("cp1252"), "import.encoding", "Line 2 is not text in UTF-8"),
        (b"\xff\xfea", "import.encoding", "The file is not text in UTF-8"),
        (b"chat.acme.test\nhe\0lp.acme.test", "import.nul", "Line 2 holds a NUL"),
        (b"chat.acme.test,sales\n", "import.no-header", "none of them is called domain_name"),
        (b"id;zone\n1;2\n", "import.no-header", "none of them is called domain_name"),
        (b'domain_name\nchat.acme.test\n"help', "import.broken-csv", "Line 3 cannot be read as CSV"),
        (b'domain_name\n"a"b\n', "import.broken-csv", "Line 2 cannot be read as CSV"),
        (b"a.acme.test\n" * 3, "import.too-many-lines", "3 names; 2 is the most"),
        (b"a" * 101, "import.too-large", "MB is the most"),
    ],
)
def test_lists_that_are_not(data: bytes, code: str, words: str) -> None:
    found = read(data, most_bytes=100, most_lines=2)
    assert isinstance(found, Message)
    assert found.code == code
    assert words in sentence(found)


def test_columns_that_mean_nothing_are_named() -> None:
    found = read(b"id,domain_name,is_verified\n1,chat.acme.test,True\n")
    assert isinstance(found, Read)
    assert found.ignored == ("id", "is_verified")
    assert not found.names_zones


def test_a_line_with_more_cells_than_columns_is_kept_with_its_problem() -> None:
    found = read(b"domain_name,llm_client\nchat.acme.test,sales,and,more\nhelp.acme.test,\n")
    assert isinstance(found, Read)
    problem = found.lines[0].problem
    assert problem is not None
    assert sentence(problem).startswith("The line has 4 cells, and the list 2 columns.")
    assert found.lines[1].problem is None


#: Whatever csv.writer can write, without what a list cannot hold as a whole.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20), st.sampled_from(",;\t"))
def test_no_line_of_csv_is_lost(rows: list[tuple[str, str]], separator: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(["domain_name", "llm_client"])
    writer.writerows(rows)
    found = read(text.getvalue().encode())
    wanted = [(a.strip(), b.strip() or None) for a, b in rows if a.strip() or b.strip()]
    if not wanted:
        assert isinstance(found, Message)
        return
    assert isinstance(found, Read)
    assert [(line.domain_name, line.llm_client) for line in found.lines] == wanted
    numbers = [line.number for line in found.lines]
    assert numbers == sorted(set(numbers))


@given(st.binary(max_size=200))
def test_no_bytes_crash_it(data: bytes) -> None:
    found = read(data)
    if isinstance(found, Message):
        assert sentence(found) != found.code
    else:
        assert len(found.lines) <= data.count(b"\n") + data.count(b"\r") + 1


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc", "Z"), exclude_characters=',;"'), min_size=1)
    )
)
def test_no_pasted_line_is_lost(names: list[str]) -> None:
    found = parsing.read_text("\n".join(names))
    if isinstance(found, Read) and found.lines[0].number == 1:
        assert [line.domain_name for line in found.lines] == names
