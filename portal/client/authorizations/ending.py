"""How a customer ends access: what ends, what else the company has at the same places, and what is left afterwards.

She may have given one company several accesses to a place, for one thing and another or twice for the same. Ending one
of them leaves the others as they are, and she is told so; those that she ticks end with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from datahub.access.models import CustomerAuthorization
from datahub.access.selectors.given import authorizations_of, given_together, named_there, open_there
from datahub.access.services import authorizations as services
from datahub.market_time import day_of
from datahub.periods import Period
from portal.client.authorizations.shown import (
    Names,
    ShownAuthorization,
    State,
    may_end,
    readings_of,
    shown_authorizations,
)
from portal.forms import PageForm
from portal.pages import CustomerRequest
from portal.words.times import said_day, said_instant

# What is left is said with so many links; the rest stands in the list to which she comes.
_LINKED = 5
# Between the ids in the value of a tick box.
_AND = "."
# What stands behind each value of a form.
Ticked = Mapping[str, Sequence[CustomerAuthorization]]


def others_at(
    own: CustomerAuthorization, points: Iterable[int], names: Names, now: datetime, *, but: Iterable[UUID] = ()
) -> list[ShownAuthorization]:
    """Give what else the same company has at places by the customer's word, now or later, the newest first."""
    held = open_there(own.customer, own.participant, set(points), now, but=set(but))
    return shown_authorizations(given_together(held), names, now)


def _is_same(one: ShownAuthorization, own: CustomerAuthorization) -> bool:
    """Tell whether something was given again, for the same and for a time in which it is open already."""
    validity = Period(one.given.valid_from, one.given.valid_to)
    return (one.given.role, one.given.purpose) == (own.role, own.purpose) and validity.overlaps(
        Period(own.valid_from, own.valid_to)
    )


def _value(one: ShownAuthorization) -> str:
    """Write down exactly what was shown: what is given later, or shown of other places, has no part in it."""
    return _AND.join(str(number) for number in one.given.ids)


def ticked_before(own: CustomerAuthorization, act: Iterable[CustomerAuthorization], values: Sequence[str]) -> Ticked:
    """Give what stands behind the tick boxes of a page that was opened before; ended or not, but nothing of others'."""
    numbers = {value: _numbers(value) for value in values}
    points = {one.point_id for one in act}
    found = named_there(own.customer, own.participant, points, {number for of in numbers.values() for number in of})
    return {
        value: [found[number] for number in of]
        for value, of in numbers.items()
        if of and all(number in found for number in of)
    }


def _numbers(value: str) -> list[UUID]:
    try:
        return [UUID(number) for number in value.split(_AND)]
    except ValueError:
        return []


class EndForm(PageForm):
    """For which places access ends, of one place nothing is asked; and which other access to them ends with it."""

    conditional = frozenset({"others"})

    places = forms.MultipleChoiceField(
        label=gettext_lazy("Places"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one place, or go back.")},
    )
    others = forms.MultipleChoiceField(
        label=gettext_lazy("Other access to end at the same time"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(
        self,
        *args: object,
        own: CustomerAuthorization,
        act: Sequence[CustomerAuthorization],
        others: Sequence[ShownAuthorization],
        names: Names,
        now: datetime,
        **named: object,
    ) -> None:
        given = [one for one in act if may_end(one, now)]
        same = [_value(one) for one in others if given and _is_same(one, given[0])]
        named["initial"] = {"places": [str(one.pk) for one in given], "others": same}
        super().__init__(*args, **named)
        self._act = {str(one.pk): one for one in act}
        places: forms.MultipleChoiceField = self.fields["places"]  # type: ignore[assignment]
        # Ticked on a page that was opened before they ended, in another window or by time: that is no fault.
        places.choices = [(key, names[one.point_id]) for key, one in self._act.items()]
        if len(given) == 1:
            places.widget = forms.MultipleHiddenInput()
        else:
            places.widget.choices = [(str(one.pk), names[one.point_id]) for one in given]
        ticked = self.data.getlist("others") if self.is_bound else []  # type: ignore[attr-defined]
        self._before = ticked_before(own, act, ticked) if ticked else {}
        other: forms.MultipleChoiceField = self.fields["others"]  # type: ignore[assignment]
        other.choices = [(value, value) for value in self._before]
        if not others:
            # Nothing is asked, so nothing can be lost either.
            other.widget = forms.MultipleHiddenInput()
        other.widget.choices = [(_value(one), _label(one, now, is_same=_value(one) in same)) for one in others]

    @property
    def _ticked(self) -> list[CustomerAuthorization]:
        """Give what is ticked: of this act at the places ticked, of other access at the places that its box names."""
        others = [one for value in self.cleaned_data["others"] for one in self._before[value]]
        return [*(self._act[number] for number in self.cleaned_data["places"]), *others]

    @property
    def points(self) -> set[int]:
        """Give the keys of the places at which something is ticked."""
        return {one.point_id for one in self._ticked}

    @property
    def chosen(self) -> list[UUID]:
        """Give the ids of the authorizations to end; some may have ended."""
        return list(dict.fromkeys(one.pk for one in self._ticked))


def _label(one: ShownAuthorization, now: datetime, *, is_same: bool) -> SafeString:
    seen = readings_of(one.given, now)
    start, end = (seen.start, seen.end) if seen is not None and seen.end else (one.given.subject_from, None)
    words = {
        "first": said_day(day_of(start)),
        "last": said_day(day_of((end or one.given.subject_to) - timedelta(seconds=1))),
        "given": said_instant(one.given.given_at, exact=False),
    }
    said = [_("Readings from %(first)s to %(last)s. Given %(given)s.") % words]
    where = ngettext("Place: %(places)s.", "Places: %(places)s.", len(one.given.point_ids))
    said.append(where % {"places": one.where})
    if is_same:
        said.append(_("You gave access for the same purpose more than once, so this is ticked."))
    return format_html(
        '<span class="option"><span class="option-name">{}, {}</span> <span class="option-text">{}</span></span>',
        one.kind,
        one.what_for,
        " ".join(said),
    )


@transaction.atomic
def revoke(request: CustomerRequest, chosen: Sequence[UUID]) -> list[CustomerAuthorization]:
    """End those of the chosen that have not ended meanwhile, in another window or by time."""
    rows = authorizations_of(request.acting.party).select_for_update().filter(pk__in=chosen).order_by("pk")
    still_open = [one.pk for one in rows if may_end(one, request.now)]
    return services.revoke_authorizations(
        authorization_ids=still_open, customer=request.acting.party, by=request.acting.user, now=request.now
    )


def say_ended(
    request: CustomerRequest,
    own: CustomerAuthorization,
    ended: set[int],
    names: Names,
    *,
    beside: Iterable[int] = (),
    is_new: bool,
) -> None:
    """Say that access to places has ended, now or already, and what the company still has there, with links.

    `beside` are other places that the page was about: what goes on there is said too.
    """
    points = ended.union(beside)
    left = others_at(own, points, names, request.now)
    words = {"company": own.participant.name, "places": len(ended), "place": names[min(ended)]}
    if is_new:
        said = ngettext(
            "You ended the access of %(company)s to %(place)s.",
            "You ended the access to %(places)s places that you had given %(company)s.",
            len(ended),
        )
    else:
        said = _("This access has ended already.")
    if not left:
        nothing = ngettext(
            "%(company)s has no other access to this place that you gave it.",
            "%(company)s has no other access to these places that you gave it.",
            len(points),
        )
        said = f"{said} {nothing}"
    (messages.success if is_new else messages.info)(request, said % words)
    if left:
        messages.warning(request, _what_is_left(left, words))


def _what_is_left(left: Sequence[ShownAuthorization], words: Mapping[str, object]) -> SafeString:
    if any(one.state is State.OPEN for one in left):
        still = _("But %(company)s still has access that you gave it:")
    else:
        still = _("But %(company)s will have access later that you gave it:")
    links = format_html_join(
        "; ",
        '<a href="{}">{}: {}</a>',
        ((reverse("client:authorization", args=[one.number]), one.where, one.what_for) for one in left[:_LINKED]),
    )
    if len(left) <= _LINKED:
        return format_html("{} {}.", still % words, links)
    rest = len(left) - _LINKED
    more = ngettext("and one more", "and %(number)s more", rest) % {"number": rest}
    return format_html("{} {} {}.", still % words, links, more)
