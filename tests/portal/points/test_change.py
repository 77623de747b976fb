"""A metering point is changed, with its history and two at it at once."""

from typing import Any

import pytest

from datahub.market import Role
from datahub.metering.models import MeteringPoint
from tests.agreements.market import (
    AGGREGATION_POINT,
    AGGREGATOR,
    HOUSE,
    NORTH,
)
from tests.portal.people import Browser, acting_for
from tests.portal.points.market import ADD, FORM, LIST, NEW, errors

pytestmark = pytest.mark.django_db


def opened(browser: Browser, code: str, **fields: Any) -> dict[str, Any]:
    """Open the form of a change; give what it would send, with some of its fields changed."""
    answer = browser.get(f"{LIST}{code}/change")
    assert answer.status_code == 200
    filled = {bound.name: bound.field.widget.format_value(bound.value()) for bound in answer.context["form"]}
    flags = {
        bound.name for bound in answer.context["form"] if getattr(bound.field.widget, "input_type", "") == "checkbox"
    }
    values = {name: value[0] if isinstance(value, list) else value for name, value in filled.items()}
    sent = {name: value for name, value in values.items() if value not in (None, "") and name not in flags}
    on = {name: "on" for name in flags if answer.context["form"][name].value()}
    return {**sent, **on, "version": str(answer.context["version"]), **fields}


def test_a_point_is_changed_and_its_history_says_how(owner: Browser) -> None:
    owner.send(ADD, FORM)
    sent = opened(owner, NEW, municipality="Kehtna vald", storage_energy="1 234,5", locality="")
    answer = owner.send(f"{LIST}{NEW}/change", sent)
    assert answer.status_code == 302, errors(answer)
    point = MeteringPoint.objects.get(eic=NEW)
    assert (point.municipality, str(point.storage_energy), point.version) == ("Kehtna vald", "1234.50", 2)
    shown = owner.get(f"{LIST}{NEW}").context["shown"]
    assert [(one.name, one.before, one.after) for one in shown.versions[0].differences] == [
        ("Municipality", "Tallinn", "Kehtna vald"),
        ("Storage energy (kWh)", "", "1\u202f234.5"),
    ]


def test_what_was_filled_is_emptied(owner: Browser) -> None:
    owner.send(ADD, {**FORM, "location_comment": "Behind the shed", "production": "on", "production_source": "WIND"})
    sent = opened(owner, NEW, location_comment="")
    del sent["production"], sent["production_source"]
    assert owner.send(f"{LIST}{NEW}/change", sent).status_code == 302
    point = MeteringPoint.objects.get(eic=NEW)
    assert (point.location_comment, point.production, point.production_source) == ("", False, "")


def test_a_comment_over_several_lines_stays_as_it_is(owner: Browser) -> None:
    owner.send(ADD, {**FORM, "location_comment": "Behind\r\nthe shed"})
    assert MeteringPoint.objects.get(eic=NEW).location_comment == "Behind\nthe shed"
    said = errors(owner.send(f"{LIST}{NEW}/change", opened(owner, NEW)))
    assert list(said) == ["__all__"] and "Nothing was changed" in str(said)
    for name, text, words in (
        ("location_comment", "a\u202eb", "invisible characters"),
        ("street_address", "a\u200bb", "invisible characters"),
        ("street_address", "a\nb", "on one line"),
    ):
        said = errors(owner.send(f"{LIST}{NEW}/change", opened(owner, NEW, **{name: text})))
        assert list(said) == [name] and words in str(said)


def test_nothing_changed_is_said(owner: Browser) -> None:
    owner.send(ADD, FORM)
    said = errors(owner.send(f"{LIST}{NEW}/change", opened(owner, NEW)))
    assert list(said) == ["__all__"]
    assert MeteringPoint.objects.get(eic=NEW).version == 1


def test_a_change_of_somebody_else_meanwhile_is_noticed(owner: Browser) -> None:
    owner.send(ADD, FORM)
    mine = opened(owner, NEW, locality="Aardlapalu")
    other = acting_for(NORTH, Role.GRID_OPERATOR, name="other")
    assert other.send(f"{LIST}{NEW}/change", opened(other, NEW, municipality="Kehtna vald")).status_code == 302
    answer = owner.send(f"{LIST}{NEW}/change", mine)
    assert answer.status_code == 409
    assert [one.after for one in answer.context["meanwhile"]] == ["Kehtna vald"]
    assert MeteringPoint.objects.get(eic=NEW).locality == ""
    assert answer.context["form"]["locality"].value() == "Aardlapalu"
    again = owner.send(f"{LIST}{NEW}/change", {**mine, "version": str(answer.context["version"])})
    assert again.status_code == 302
    point = MeteringPoint.objects.get(eic=NEW)
    assert (point.locality, point.municipality, point.version) == ("Aardlapalu", "Tallinn", 3)


@pytest.mark.parametrize("version", ["", "0", "99", "x", "-1", "9" * 30])
def test_a_form_that_knows_no_version_overwrites_nothing(owner: Browser, version: str) -> None:
    owner.send(ADD, FORM)
    sent = opened(owner, NEW, municipality="Kehtna vald", version=version)
    assert owner.send(f"{LIST}{NEW}/change", sent).status_code == 409
    assert MeteringPoint.objects.get(eic=NEW).municipality == "Tallinn"


def test_type_and_parent_of_a_point_never_change(owner: Browser) -> None:
    owner.send(ADD, FORM)
    sent = opened(owner, NEW, municipality="Kehtna vald", type="BORDER", parent_eic=HOUSE, eic=HOUSE)
    assert owner.send(f"{LIST}{NEW}/change", sent).status_code == 302
    point = MeteringPoint.objects.get(eic=NEW)
    assert (point.type, point.parent, point.municipality) == ("REGULAR", None, "Kehtna vald")


def test_one_that_may_see_a_point_but_owns_it_not_cannot_change_it() -> None:
    aggregator = acting_for(AGGREGATOR, Role.AGGREGATOR, name="agregaator")
    north = acting_for(NORTH, Role.GRID_OPERATOR, name="north")
    assert north.get(f"{LIST}{AGGREGATION_POINT}").status_code == 200
    assert north.get(f"{LIST}{AGGREGATION_POINT}/change").status_code == 404
    assert aggregator.get(f"{LIST}{AGGREGATION_POINT}/change").status_code == 200
