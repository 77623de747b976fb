"""Which signs a text may have."""

import pytest

from datahub import texts


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("Tallinna mnt 1–2, “Õ” 10\u00a0m², 1\u202f000, 👩\u200d🌾, co\u00adop", False),
        ("\tfirst\r\nsecond", False),
        ("a\u202eb", True),
        ("a\u202ab", True),
        ("a\u2066b\u2069", True),
        ("a\u200bb", True),
        ("a\ufeffb", True),
        ("a\u2060b", True),
        ("a\x07b", True),
        ("a\x00b", True),
        ("a\x85b", True),
        ("a\x1bb", True),
        ("a\ud800b", True),
    ],
)
def test_what_nobody_sees(text: str, is_wrong: bool) -> None:
    assert texts.has_unseen(text) is is_wrong


@pytest.mark.parametrize(
    ("text", "is_more"),
    [("one line\tof text", False), ("a\nb", True), ("a\rb", True), ("a\u2028b", True), ("a\u2029b", True), ("", False)],
)
def test_more_than_one_line(text: str, is_more: bool) -> None:
    assert texts.has_lines(text) is is_more


def test_what_nobody_sees_is_written_by_its_number() -> None:
    assert texts.all_seen("a\u202eb\x07c\nõ") == "a\\u202eb\\u0007c\nõ"
    assert texts.all_seen("plain") == "plain"
