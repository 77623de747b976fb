"""What stands in the fields of messages and of what was saved, by the name that the field has on the wire."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Names of fields that no message to the hub has.
TOLD_FIELDS: Mapping[str, Promise] = {
    "mandateCustomerEic": _("Given to"),
    "mandateCustomerType": _("Type of receiver"),
    "meteringPointEic": _("Metering point"),
    "ownerCustomerEic": _("Given by"),
    "ownerCustomerType": _("Type of giver"),
    "participantRoleType": _("Role"),
    "permissionType": _("Type of authorization"),
    "subjectPeriodFrom": _("Data from"),
    "subjectPeriodTo": _("Data until"),
    "containsCalculatedValues": _("Contains calculated values"),
    "day": _("Daytime"),
    "night": _("Night-time"),
    "total": _("Total"),
}
# Which list of codes a field is of; None: the first that has the code.
CODE_LISTS: Mapping[str, str | None] = {
    "agreementType": "AgreementType",
    "commodityType": "Commodity",
    "meteringType": "MeteringType",
    "meteringPointType": "MeteringPointType",
    "consumptionScale": "ConsumptionScale",
    "connectionState": "ConnectionState",
    "coordinateSystem": "CoordinateSystem",
    "resolution": "Resolution",
    "productionSource": None,
    "customerType": None,
    "participantRoleType": "Role",
    "purpose": "AuthorizationPurpose",
    "direction": "Direction",
    "measurementUnit": "MeasurementUnit",
    "metadataType": "MetadataType",
}
# Codes that stand in one field alone and are of no list of the market.
_PERSON_OR_COMPANY = {"PRIVATE": _("Private person"), "LEGAL": _("Company or organisation")}
CODES_OF_FIELDS: Mapping[str, Mapping[str, Promise]] = {
    "mandateCustomerType": _PERSON_OR_COMPANY,
    "ownerCustomerType": _PERSON_OR_COMPANY,
    "permissionType": {"ACCESS": _("Access to data")},
    "status": {"APPROVED": _("Approved")},
}
# Numbers that are written without groups, as they are entered.
COORDINATES = ("latitude", "longitude")
INSTANTS = (
    "validFrom",
    "validTo",
    "calculationTimestamp",
    "periodStart",
    "periodEnd",
    "subjectPeriodFrom",
    "subjectPeriodTo",
)
