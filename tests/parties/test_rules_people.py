"""What a redirect host is and what is none; whom a subject names."""

import pytest

from datahub.market import Permission
from datahub.parties import rules


@pytest.mark.parametrize(
    "host",
    ["example.com", "www.example.com", "a-b.example.co.uk", "xn--pikese-bua.ee", "1.example.com", f"{'a' * 63}.ee"],
)
def test_a_name_as_dns_knows_it_is_a_host(host: str) -> None:
    assert rules.host_faults(host, [], "host") == []


@pytest.mark.parametrize(
    "host",
    [
        "",
        "example",
        "localhost",
        "Example.com",
        "example.com.",
        ".example.com",
        "example..com",
        "*.example.com",
        "https://example.com",
        "example.com:443",
        "example.com/back",
        "example.com?x",
        "example.com#x",
        "user@example.com",
        "user:password@example.com",
        "example.com\\@evil.com",
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "example.0x7f",
        "2130706433",
        "[::1]",
        "::1",
        "päikese.ee",
        "xn--.ee",
        "xn--pikese.ee",
        "-example.com",
        "example-.com",
        "exa mple.com",
        "example.com\n",
        "example.com\r\nSet-Cookie: a=b",
        "example.com\x00",
        "example。com",
        "ⓔxample.com",
        f"{'a' * 64}.ee",
        ".".join(["a" * 60] * 5),
        "example.c",
    ],
)
def test_anything_around_a_name_is_refused(host: str) -> None:
    (fault,) = rules.host_faults(host, [], "host")
    assert fault.code.name.endswith("invalid-pattern")


def test_a_name_in_letters_is_answered_with_what_dns_knows() -> None:
    (fault,) = rules.host_faults("Päikese.ee", [], "host")
    assert "xn--pikese-bua.ee, as it is in DNS" in fault.message


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("EE38001085718", ("PERSONAL_ID", "38001085718", "EE")),
        ("LV010180-12345", ("PERSONAL_ID", "010180-12345", "LV")),
        ("XX38001085718", None),
        ("38001085718", None),
        ("EE", None),
        ("ee38001085718", None),
        ("EE38001085718 ", None),
        ("8f14e45f-ceea-467f", None),
    ],
)
def test_a_subject_names_a_personal_code_of_a_country(subject: str, named: tuple[str, str, str] | None) -> None:
    identity = rules.personal_identity(subject)
    assert (identity.key if identity else None) == named


@pytest.mark.parametrize(
    ("permission", "own", "others", "held", "refused"),
    [
        (Permission.ADMIN, False, 1, True, None),
        (Permission.ADMIN, False, 0, True, "last-administrator"),
        (Permission.ADMIN, True, 1, True, "own-administration"),
        (Permission.ADMIN, True, 0, False, None),
        (Permission.VIEWER_AGREEMENT, True, 0, True, None),
    ],
)
def test_administration_is_not_taken_from_oneself_nor_from_the_last(
    permission: Permission, own: bool, others: int, held: bool, refused: str | None
) -> None:
    faults = rules.withdrawal_faults(permission, is_own=own, other_administrators=others, is_held=held, path="grant")
    assert [fault.code.name.rpartition(".")[2] for fault in faults] == ([] if refused is None else [refused])
