"""Where staff register parties, what they hold and who acts for them. Source: `5-web.md`, "Admin"."""

from datahub.parties.admin.access import RepresentationAdmin, TechnicalUserAdmin, UserAdmin
from datahub.parties.admin.parties import PartyAdmin

__all__ = ["PartyAdmin", "RepresentationAdmin", "TechnicalUserAdmin", "UserAdmin"]
