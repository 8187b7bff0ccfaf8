"""What the demo LLM client says."""

from __future__ import annotations

from string import ascii_uppercase

from webapp.sandbox.assistant.answers import PAUSE_SECONDS, answer, spoken

NAME, HOST = "chat.acme.test", "sales.1234-5678-9012.api.platform.example"


def test_every_answer_says_that_it_is_made_up() -> None:
    asked = [f"Question {letter}?" for letter in ascii_uppercase]
    answers = {answer(one, NAME, HOST).replace(one, "Question N?") for one in asked}
    assert len(answers) == 3
    for said in answers:
        assert "Question N?" in said
        assert "made up" in said or "makes its answer up" in said or "no language model" in said


def test_the_same_question_gets_the_same_answer_however_it_is_spaced() -> None:
    assert answer("Are  you\nopen?", NAME, HOST) == answer(" Are you open? ", NAME, HOST)


def test_braces_are_only_braces() -> None:
    assert "{name} {0} {" in answer("{name} {0} {", NAME, HOST)


def test_a_long_question_is_not_repeated_whole() -> None:
    said = answer("word " * 400, NAME, HOST)
    assert "word…" in said
    assert len(said) < 500


def test_words_make_the_text_again_with_a_pause_between_them() -> None:
    slept: list[float] = []
    assert "".join(spoken("one two  three", slept.append)) == "one two  three"
    assert slept == [PAUSE_SECONDS] * 3
