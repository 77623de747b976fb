"""A participant with every role and a technical user for each permission; run against the hub of the contract tests."""

import sys
from datetime import UTC, datetime

import django

SECRET = "of-the-contract-tests-only"
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def suffix(permission: str) -> str:
    """Give the end of the id of the technical user that has one permission."""
    return permission.lower().replace("_", "-")


def main(eic: str) -> None:
    """Register the participant."""
    django.setup()
    from datahub.market import Commodity, IdentityType, MetadataType, PartyType, Permission, Role
    from datahub.parties.rules import IdentityFact
    from datahub.parties.services.parties import register_party
    from datahub.parties.services.roles import give_role
    from datahub.parties.services.technical_users import register_technical_user

    party = register_party(
        eic=eic,
        party_type=PartyType.MARKET_PARTICIPANT,
        identities=[IdentityFact(IdentityType.COMPANY_ID, "10000018", "EE")],
        metadata={MetadataType.COMPANY_NAME: "Iga Roll OÜ"},
        now=SINCE,
    )
    for role in Role:
        give_role(participant=party, role=role, commodity=Commodity.ELECTRICITY, valid_from=SINCE)
    for permission in Permission:
        register_technical_user(
            participant=party, suffix=suffix(permission), permissions=[permission], secret=SECRET, by=None, now=SINCE
        )


if __name__ == "__main__":
    main(sys.argv[1])
