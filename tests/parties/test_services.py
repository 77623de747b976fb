"""Registering parties, roles, ranges and technical users."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from datahub.errors import DomainError, codes
from datahub.market import Commodity, IdentityType, MetadataType, PartyType, Permission, Role
from datahub.parties import selectors
from datahub.parties.models import EicRange, Identity, MarketRole, Metadata, Party, TechnicalUserSecret
from datahub.parties.rules import GivenValue, IdentityFact
from datahub.parties.services import parties, roles, technical_users
from tests import cast

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def found(error: pytest.ExceptionInfo[DomainError]) -> list[object]:
    return [fault.code for fault in error.value.faults]


def test_a_participant_is_registered_with_its_name_and_registry_code() -> None:
    party = cast.participant(cast.GRID_OPERATOR)
    assert party.name == "Põhjavõrk OÜ"
    assert selectors.metadata_at(party, NOW) == {MetadataType.COMPANY_NAME: "Põhjavõrk OÜ"}
    assert [(one.type, one.value, one.country) for one in party.identities.all()] == [("COMPANY_ID", "14001374", "EE")]
    assert selectors.party_by_eic(cast.GRID_OPERATOR) == party


def test_all_faults_of_a_party_are_found_at_once_and_nothing_is_saved() -> None:
    with pytest.raises(DomainError) as error:
        parties.register_party(
            eic="38ZGO-10000001-U",
            party_type=PartyType.PHYSICAL_PERSON,
            identities=[IdentityFact(IdentityType.COMPANY_ID, "14001374", "EE")],
            metadata={MetadataType.FIRST_NAME: "Mari"},
            now=NOW,
        )
    assert found(error) == [codes.EIC_SYNTAX, codes.MISSING, codes.MISSING, codes.INVALID_ENUM]
    assert not Party.objects.exists()


def test_an_identity_belongs_to_one_party_of_a_type() -> None:
    cast.mari()
    with pytest.raises(DomainError) as error:
        parties.register_party(
            eic="38X-AVP-ILS600CI",
            party_type=PartyType.PHYSICAL_PERSON,
            identities=[IdentityFact(IdentityType.PERSONAL_ID, "47101010033", "EE")],
            metadata={MetadataType.FIRST_NAME: "Mari", MetadataType.LAST_NAME: "Kask"},
            now=NOW,
        )
    assert found(error) == [codes.ALREADY_EXISTS]
    person = cast.mari()
    with pytest.raises(IntegrityError), transaction.atomic():
        Identity.objects.create(party=person, type=IdentityType.PERSONAL_ID, value="47101010033", country="EE")


def test_an_identity_is_given_once() -> None:
    identity = IdentityFact(IdentityType.PERSONAL_ID, "47101010033", "EE")
    with pytest.raises(DomainError) as error:
        parties.register_party(
            eic=cast.MARI,
            party_type=PartyType.PHYSICAL_PERSON,
            identities=[identity, identity],
            metadata={MetadataType.FIRST_NAME: "Mari", MetadataType.LAST_NAME: "Kask"},
            now=NOW,
        )
    assert found(error) == [codes.INVALID_PATTERN]
    assert error.value.cause.args[0] == "identities[1]"


def test_a_new_value_ends_the_former_and_the_rest_stays() -> None:
    mari = cast.mari()
    parties.change_party(party=mari, metadata={MetadataType.LAST_NAME: "Kask"}, now=NOW)
    mari.refresh_from_db()
    assert mari.name == "Mari Kask"
    before, after = selectors.metadata_at(mari, NOW - DAY), selectors.metadata_at(mari, NOW)
    assert before[MetadataType.LAST_NAME] == "Maasikas"
    assert after == {MetadataType.FIRST_NAME: "Mari", MetadataType.LAST_NAME: "Kask"}
    again = parties.change_party(party=mari, metadata={MetadataType.LAST_NAME: "Kask"}, now=NOW + DAY)
    assert again == parties.Changed(frozenset(), identities=False)


def test_a_party_is_shown_by_a_name_of_the_future_when_it_begins() -> None:
    mari = cast.mari()
    later = GivenValue(MetadataType.LAST_NAME, "Kask", NOW + DAY)
    parties.change_party(party=mari, metadata=[later], now=NOW)
    shown = [
        (parties.refresh_names(now=at, since=NOW - DAY), Party.objects.get(pk=mari.pk).name)
        for at in (NOW, NOW + DAY - timedelta(seconds=1), NOW + DAY, NOW + DAY)
    ]
    assert shown == [(0, "Mari Maasikas"), (0, "Mari Maasikas"), (1, "Mari Kask"), (0, "Mari Kask")]


def test_two_values_of_a_type_at_one_time_are_refused_by_the_database() -> None:
    mari = cast.mari()
    with pytest.raises(IntegrityError), transaction.atomic():
        Metadata.objects.create(party=mari, type=MetadataType.LAST_NAME, value="Kask", valid_from=NOW)


def test_a_role_is_held_in_its_time_and_commodity_only() -> None:
    supplier = cast.participant(cast.OPEN_SUPPLIER)
    roles.give_role(
        participant=supplier,
        role=Role.ENERGY_SERVICE_PROVIDER,
        commodity=Commodity.ELECTRICITY,
        valid_from=NOW,
        valid_to=NOW + DAY,
    )

    def holds(at: datetime, commodity: Commodity = Commodity.ELECTRICITY) -> bool:
        held = MarketRole.objects.filter(participant=supplier, role=Role.ENERGY_SERVICE_PROVIDER, commodity=commodity)
        return held.valid_at(at).exists()

    assert [holds(NOW - DAY), holds(NOW), holds(NOW + DAY)] == [False, True, False]
    assert not holds(NOW, Commodity.NATURAL_GAS)


def test_a_role_is_not_given_twice_for_one_time_nor_withdrawn_where_it_is_not_held() -> None:
    supplier = cast.participant(cast.OPEN_SUPPLIER)
    role = {"participant": supplier, "role": Role.OPEN_SUPPLIER, "commodity": Commodity.ELECTRICITY}
    with pytest.raises(DomainError) as error:
        roles.give_role(**role, valid_from=NOW)
    assert found(error) == [codes.ALREADY_EXISTS]
    assert roles.withdraw_role(**role, at=NOW).valid_to == NOW
    with pytest.raises(DomainError) as error:
        roles.withdraw_role(**role, at=NOW)
    assert found(error) == [codes.NOT_FOUND_RESOURCE]
    roles.give_role(**role, valid_from=NOW + DAY)
    with pytest.raises(DomainError) as error:
        roles.give_role(**role, valid_from=NOW, valid_to=NOW)
    assert found(error) == [codes.FROM_NOT_BEFORE_TO]
    assert MarketRole.objects.filter(participant=supplier).count() == 2


def test_a_range_that_meets_another_participants_is_refused() -> None:
    cast.participant(cast.GRID_OPERATOR)
    southern = cast.participant(cast.SOUTHERN_GRID_OPERATOR)
    for prefix in ("38ZGO-1", "38ZGO-10", "38ZGO-"):
        with pytest.raises(DomainError) as error:
            roles.give_code_range(participant=southern, prefix=prefix)
        assert found(error) == [codes.INVALID_PATTERN]
    assert selectors.code_ranges(southern) == ["38ZGO-2"]
    assert EicRange.objects.count() == 2


def test_a_secret_is_made_by_the_hub_and_kept_only_hashed() -> None:
    supplier = cast.participant(cast.OPEN_SUPPLIER)
    user, secret = technical_users.register_technical_user(
        participant=supplier, suffix="billing", permissions=[Permission.VIEWER_METERING_DATA], by=None, now=NOW
    )
    assert user.client_id == "38X-EIN-OS-----J-billing"
    assert len(secret) >= 40
    assert secret not in TechnicalUserSecret.objects.get().secret_hash
    assert technical_users.verify_secret(client_id=user.client_id, secret=secret, now=NOW) == user
    assert technical_users.verify_secret(client_id=user.client_id, secret=secret + "x", now=NOW) is None
    assert technical_users.verify_secret(client_id="38X-EIN-OS-----J-nobody", secret=secret, now=NOW) is None
    technical_users.set_active(technical_user=user, is_active=False, by=None, now=NOW)
    assert technical_users.verify_secret(client_id=user.client_id, secret=secret, now=NOW) is None


def test_a_rotated_secret_is_valid_beside_the_new_one_for_the_overlap() -> None:
    user, first = technical_users.register_technical_user(
        participant=cast.participant(cast.OPEN_SUPPLIER), suffix="a", permissions=[Permission.ADMIN], by=None, now=NOW
    )
    second = technical_users.rotate_secret(technical_user=user, by=None, now=NOW + DAY, overlap=2 * DAY)
    third = technical_users.rotate_secret(technical_user=user, by=None, now=NOW + 2 * DAY, overlap=2 * DAY)

    def valid(at: datetime) -> list[bool]:
        return [
            technical_users.verify_secret(client_id=user.client_id, secret=secret, now=at) is not None
            for secret in (first, second, third)
        ]

    # Two at once are enough for a change without a pause: the first ends when the third is made.
    assert valid(NOW + 2 * DAY) == [False, True, True]
    assert valid(NOW + 4 * DAY) == [False, False, True]


def test_a_participant_has_at_most_twenty_technical_users() -> None:
    supplier = cast.participant(cast.OPEN_SUPPLIER)
    for number in range(20):
        technical_users.register_technical_user(
            participant=supplier, suffix=f"s{number}", permissions=[Permission.ADMIN], by=None, now=NOW
        )
    with pytest.raises(DomainError) as error:
        technical_users.register_technical_user(
            participant=supplier, suffix="s20", permissions=[Permission.ADMIN], by=None, now=NOW
        )
    assert found(error) == [codes.TOO_MANY_ENTRIES]
    with pytest.raises(DomainError) as error:
        technical_users.register_technical_user(
            participant=cast.participant(cast.SECOND_SUPPLIER),
            suffix="é",
            permissions=[Permission.ADMIN],
            by=None,
            now=NOW,
        )
    assert found(error) == [codes.INVALID_PATTERN]
