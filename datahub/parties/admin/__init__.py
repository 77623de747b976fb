"""Where staff register parties, what they hold and who acts for them. Source: `5-web.md`, "Admin"."""

from datahub.parties.admin.access import RepresentationAdmin, TechnicalUserAdmin
from datahub.parties.admin.parties import PartyAdmin
from datahub.parties.admin.users import UserAdmin

__all__ = ["PartyAdmin", "RepresentationAdmin", "TechnicalUserAdmin", "UserAdmin"]
