"""What templates of pages need beside Django's: links that keep the list's filters, heads of columns that sort."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.lists import ListPage
from portal.pressed_twice import new_form_id

register = template.Library()


def _with(query: Any, changes: dict[str, Any]) -> str:
    kept = QueryDict(mutable=True)
    for name, values in query.items():
        kept.setlist(name, list(values))
    for name, value in changes.items():
        if value in (None, ""):
            kept.pop(name, None)
        else:
            kept[name] = str(value)
    return f"?{kept.urlencode()}" if kept else "?"


@register.simple_tag
def form_id() -> str:
    """Give the id of a form that is shown, by which it is saved once however often its button is pressed."""
    return new_form_id()


@register.simple_tag
def page_link(listed: ListPage[Any], number: int) -> str:
    """Give the link to another page of a list, with its filters and order."""
    return _with(listed.query, {"page": None if number == 1 else number})


@register.simple_tag(takes_context=True)
def query_link(context: dict[str, Any], **changes: Any) -> str:
    """Give a link to this page with some of its parameters changed; an empty one is left out."""
    asked = context["request"].GET
    return _with({name: asked.getlist(name) for name in asked}, changes)


@register.simple_tag(takes_context=True)
def query_without(context: dict[str, Any], names: Iterable[str]) -> str:
    """Give the link to this list without some of its filters, on its first page."""
    return query_link(context, **dict.fromkeys([*names, "page"]))


@register.simple_tag
def sort_head(listed: ListPage[Any], name: str, label: Any) -> SafeString:
    """Give the head of a column that the list can be sorted by, a link that sorts or turns the order round."""
    current = listed.sort.removeprefix("-") == name
    down = listed.sort.startswith("-")
    target = f"-{name}" if current and not down else name
    state = ("descending" if down else "ascending") if current else "none"
    said = (_("sorted in descending order") if down else _("sorted in ascending order")) if current else _("sort")
    return format_html(
        '<th scope="col" aria-sort="{}"><a class="sort" href="{}">{}<span class="sort-mark" aria-hidden="true"></span>'
        '<span class="visually-hidden"> ({})</span></a></th>',
        state,
        _with(listed.query, {"sort": target, "page": None}),
        label,
        said,
    )
