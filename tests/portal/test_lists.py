"""Pages of lists: which rows they show, and the way to the others. Source: `5-web.md`, lists."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from datahub.parties.models import User
from portal.lists import COUNTED, ListPage, last_page, list_page


def page(number: int, total: int | None, size: int = 10) -> ListPage[int]:
    return ListPage(rows=[1], number=number, has_next=False, total=total, size=size, sort="")


@pytest.mark.parametrize(
    ("number", "total", "numbers"),
    [
        (1, 3, [1]),
        (1, 20, [1, 2]),
        (1, 300, [1, 2, None, 30]),
        (4, 300, [1, 2, 3, 4, 5, None, 30]),
        (5, 300, [1, None, 4, 5, 6, None, 30]),
        (27, 300, [1, None, 26, 27, 28, 29, 30]),
        (30, 300, [1, None, 29, 30]),
        (2, None, [1, 2, 3, None, COUNTED // 10]),
    ],
)
def test_the_first_the_last_and_the_near_pages_are_offered(
    number: int, total: int | None, numbers: list[int | None]
) -> None:
    assert page(number, total).numbers == numbers


@pytest.mark.parametrize(("rows", "last"), [(0, 1), (1, 1), (50, 1), (51, 2), (COUNTED, 200), (COUNTED * 5, 200)])
def test_the_last_page(rows: int, last: int) -> None:
    assert last_page(rows) == last


def test_the_pager_links_each_page_but_its_own() -> None:
    shown = render_to_string("portal/components/pager.html", {"list": page(5, 300)})
    assert all(f'href="?page={number}"' in shown for number in (4, 6, 30)) and 'href="?"' in shown
    assert 'href="?page=5"' not in shown and 'aria-current="page"' in shown


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "number", "rows", "has_next"), [("3", 3, 1, False), ("4", 3, 1, False), ("99999", 3, 1, False)]
)
def test_beyond_the_end_the_last_page_is_shown(asked: str, number: int, rows: int, has_next: bool) -> None:
    User.objects.bulk_create([User(username=f"u{count}") for count in range(5)])
    found = User.objects.order_by("pk")
    shown = list_page(RequestFactory().get("/", {"page": asked}), found, size=2)
    assert (shown.number, len(shown.rows), shown.has_next) == (number, rows, has_next)
    assert (shown.first, shown.last, shown.total) == (5, 5, 5)


@pytest.mark.django_db
def test_beyond_the_end_of_nothing_the_list_is_empty() -> None:
    shown = list_page(RequestFactory().get("/", {"page": "7"}), User.objects.order_by("pk"), size=2)
    assert shown.is_empty and shown.number == 1
