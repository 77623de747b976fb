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
