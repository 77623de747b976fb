"""A metering point is added: its form, its code, what is refused."""

import pytest

from datahub.market import Commodity, Permission, Role
from datahub.metering.models import MeteringPoint
from datahub.parties import eic
from tests.agreements import market
from tests.agreements.market import (
    AGGREGATOR,
    HOUSE,
    NORTH,
)
from tests.metering import points as bodies
from tests.portal.people import Browser, acting_for
from tests.portal.points.market import ADD, FORM, LIST, NEW, NOWHERE, errors, page

pytestmark = pytest.mark.django_db


def test_a_point_is_added(owner: Browser) -> None:
    assert "38ZGO-1" in page(owner, ADD)
    answer = owner.send(ADD, {**FORM, "production": "on", "production_source": "SOLAR", "production_capacity": "12,5"})
    assert answer.status_code == 302 and answer["Location"] == f"{LIST}{NEW}"
    point = MeteringPoint.objects.get(eic=NEW)
    assert (point.owner.eic, point.production_source, str(point.production_capacity)) == (NORTH, "SOLAR", "12.50")
    text = page(owner, f"{LIST}{NEW}")
    assert "12.5" in text and "Registered" in text and f"The metering point {NEW} was added." in text


def test_no_production_needs_no_panel_and_the_connection_is_said_once(owner: Browser) -> None:
    for number, sent in enumerate(({}, {"production": "on", "production_source": "SOLAR"})):
        code = eic.complete(f"38ZGO-1000009{number}-")
        assert owner.send(ADD, {**FORM, "eic": code, **sent}).status_code == 302
        text = page(owner, f"{LIST}{code}").split('id="agreements-heading"', 1)[0]
        assert ("Production and storage" in text) is bool(sent)
        assert text.count("<dt>Connection</dt>") == 1
        assert "<dt>Production</dt>" in text


def test_what_is_needed_without_something_else_is_not_called_optional(owner: Browser) -> None:
    text = page(owner, ADD)
    for label in ("County", "Municipality", "Production source"):
        assert f">{label}</label>" in text, label
    assert "Required if there is no address ID." in text
    assert "Postcode <span" in text


def test_of_fifteen_characters_the_code_is_completed(owner: Browser) -> None:
    assert owner.send(ADD, {**FORM, "eic": NEW[:15].lower()}).status_code == 302
    assert MeteringPoint.objects.filter(eic=NEW).exists()
    assert NEW in page(owner, f"{ADD}/code", eic=NEW[:15])
    assert "5 characters are missing" in page(owner, f"{ADD}/code", eic=NEW[:10])


def test_production_without_its_source_is_told_in_plain_words(owner: Browser) -> None:
    said = errors(owner.send(ADD, {**FORM, "production": "on"}))
    assert said == {
        "production_source": ["“Production source” is missing (needed for a metering point with production)."]
    }


@pytest.mark.parametrize("sent", [{"eic": "x"}, {"postcode": "x" * 51}])
def test_after_a_refusal_the_code_is_still_helped_with(owner: Browser, sent: dict[str, str]) -> None:
    refused = owner.send(ADD, {**FORM, **sent})
    text = refused.content.decode()
    assert 'id="completed-code"' in text and "Your codes begin with:" in text and "38ZGO-1</span>" in text
    described = refused.context["form"]["eic"].aria_describedby.split()
    assert described == ["id_eic_helptext", *(["id_eic_error"] if "eic" in sent else [])]
    assert all(f'id="{one}"' in text for one in described)


def test_a_beginning_that_no_check_character_fits_is_told(owner: Browser) -> None:
    body = next(body for number in range(1000) if eic.complete(body := f"38ZGO-1{number:08}").endswith("-"))
    said = errors(owner.send(ADD, {**FORM, "eic": body}))
    assert "No check character fits" in said["eic"][0]
    assert "No check character fits" in page(owner, f"{ADD}/code", eic=body)
    # Whatever character is put behind it, none is right.
    for last in "-7":
        assert errors(owner.send(ADD, {**FORM, "eic": body + last})) == said


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("eic", {"eic": f"{NEW[:15]}{'A' if NEW[15] != 'A' else 'B'}"}),
        ("eic", {"eic": bodies.codes("38ZGO-2", 1)[0]}),
        ("eic", {"eic": HOUSE}),
        ("eic", {"eic": ""}),
        ("type", {"type": "AGGREGATION"}),
        ("metering_type", {"metering_type": ""}),
        ("municipality", {"municipality": ""}),
        ("adr_id", {"adr_id": "-5"}),
        ("county", {"county": "x" * 256}),
        ("postcode", {"postcode": "x" * 51}),
        ("latitude", {"coordinate_system": "WGS84", "latitude": "12", "longitude": "25"}),
        ("longitude", {"coordinate_system": "WGS84", "latitude": "59"}),
        ("coordinate_system", {"latitude": "59", "longitude": "25"}),
        ("latitude", {"coordinate_system": "WGS84", "latitude": "59.123456789012345", "longitude": "25"}),
        ("production_source", {"production": "on"}),
        ("production_source", {"production_source": "SOLAR"}),
        ("production_source", {"production": "on", "production_source": "COAL"}),
        ("production_capacity", {"production_capacity": "-1"}),
        ("production_capacity", {"production_capacity": "1.234"}),
        ("storage_energy", {"storage_energy": "1e5x"}),
        ("resolution", {"resolution": "P1D"}),
        ("customer_type", {"customer_type": ""}),
        ("transmission_network_eic", {"transmission_network_eic": HOUSE}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_saved(owner: Browser, field: str, sent: dict[str, str]) -> None:
    before = MeteringPoint.objects.count()
    answer = owner.send(ADD, {**FORM, **sent})
    said = errors(answer)
    assert list(said) == [field], said
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert MeteringPoint.objects.count() == before


def test_without_any_address_each_field_that_could_give_one_is_marked(owner: Browser) -> None:
    said = errors(owner.send(ADD, {**FORM, "county": "", "municipality": ""}))
    assert list(said) == ["adr_id", "county", "municipality"]
    assert said["county"] == said["municipality"] == ["Required if there is no address ID."]
    # An id that is wrong was given: the rest of the address is not asked for.
    said = errors(owner.send(ADD, {**FORM, "county": "", "municipality": "", "adr_id": "12a"}))
    assert list(said) == ["adr_id"]


def test_all_that_is_wrong_is_told_in_one_pass(owner: Browser) -> None:
    said = errors(owner.send(ADD, {**FORM, "eic": bodies.codes("38ZGO-2", 1)[0], "adr_id": "12a", "county": ""}))
    assert set(said) == {"eic", "adr_id"}
    place = {"coordinate_system": "WGS84", "latitude": "10", "longitude": "25"}
    said = errors(owner.send(ADD, {**FORM, **place, "transmission_network_eic": "nonsense"}))
    assert set(said) == {"latitude", "transmission_network_eic"}
    said = errors(owner.send(f"{LIST}{HOUSE}/change", {**FORM, **place, "adr_id": "12a"}))
    assert set(said) == {"latitude", "adr_id"}
    assert not MeteringPoint.objects.filter(eic=NEW).exists()


@pytest.mark.parametrize(("language", "mark"), [("et", ","), ("en", ".")])
def test_coordinates_are_shown_and_taken_in_the_readers_form(language: str, mark: str) -> None:
    owner = acting_for(NORTH, Role.GRID_OPERATOR, name="owner", language=language)
    sent = {**FORM, "coordinate_system": "LEST97", "latitude": f"6541234{mark}25", "longitude": "552 345.5"}
    answer = owner.send(ADD, sent)
    assert answer.status_code == 302, errors(answer)
    saved = MeteringPoint.objects.get(eic=NEW)
    assert (saved.latitude, saved.longitude) == (6541234.25, 552345.5)
    shown = page(owner, f"{LIST}{NEW}")
    assert f"6541234{mark}25" in shown and f"552345{mark}5" in shown
    # Sent as it is shown, nothing differs.
    form = page(owner, f"{LIST}{NEW}/change")
    assert f'value="6541234{mark}25"' in form and f'value="552345{mark}5"' in form


def test_of_another_type_the_form_has_other_fields(owner: Browser) -> None:
    aggregator = acting_for(AGGREGATOR, Role.AGGREGATOR, name="agregaator")
    text = page(aggregator, ADD)
    assert 'name="parent_eic"' in text and 'name="production"' not in text
    redrawn = owner.send(ADD, {**FORM, "type": "BORDER", "municipality": "Kehtna", "redraw": "yes"})
    form = redrawn.context["form"]
    assert form.point_type == "BORDER" and not form.errors and form["municipality"].value() == "Kehtna"


def test_an_aggregation_point_names_a_regular_parent() -> None:
    aggregator = acting_for(AGGREGATOR, Role.AGGREGATOR, name="agregaator")
    form = {"type": "AGGREGATION", "metering_type": "VIRTUAL", "adr_id": "1", "eic": bodies.codes("38ZAG-1K", 1)[0]}
    assert list(errors(aggregator.send(ADD, {**form, "parent_eic": market.BORDER}))) == ["parent_eic"]
    unknown = errors(aggregator.send(ADD, {**form, "parent_eic": NOWHERE}))["parent_eic"][0]
    assert unknown.replace(NOWHERE, "") == errors(aggregator.send(ADD, {**form, "parent_eic": market.BORDER}))[
        "parent_eic"
    ][0].replace(market.BORDER, "")
    assert aggregator.send(ADD, {**form, "parent_eic": HOUSE}).status_code == 302
    assert MeteringPoint.objects.get(eic=form["eic"]).parent.eic == HOUSE  # type: ignore[union-attr]


def test_gas_points_have_the_characteristics_of_gas() -> None:
    gas = acting_for(NORTH, Role.GRID_OPERATOR, commodity=Commodity.NATURAL_GAS, name="gas")
    assert 'name="electrical_heating"' not in page(gas, ADD)
    sent = {**FORM, "resolution": "P1D", "customer_type": "PROTECTED"}
    assert gas.send(ADD, sent).status_code == 302
    assert MeteringPoint.objects.get(eic=NEW).commodity == "NATURAL_GAS"


@pytest.mark.parametrize("path", [ADD, f"{ADD}/code", f"{LIST}{HOUSE}/change"])
def test_who_may_not_add_or_change_is_refused(path: str, supplier: Browser) -> None:
    viewer = acting_for(NORTH, Role.GRID_OPERATOR, Permission.VIEWER_METERING_POINT, name="viewer")
    assert viewer.get(path).status_code == 403
    assert supplier.get(path).status_code == 403
    assert viewer.send(path, FORM).status_code == (405 if path.endswith("code") else 403)
    assert "Add a metering point" not in page(viewer)
    agreements = acting_for(NORTH, Role.GRID_OPERATOR, Permission.EDITOR_AGREEMENT, name="agreements")
    assert agreements.get(LIST).status_code == agreements.get(f"{LIST}{HOUSE}").status_code == 403


def test_a_form_without_its_token_is_not_taken(owner: Browser) -> None:
    assert owner.post(ADD, FORM).status_code == 403
    assert owner.post(f"{LIST}{HOUSE}/change", FORM).status_code == 403
    assert not MeteringPoint.objects.filter(eic=NEW).exists()
