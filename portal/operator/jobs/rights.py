"""Who may import what in a role: the pages of imports and their place in the navigation are for her."""

from datahub.market import METERING_POINT_OPERATOR_ROLES, Permission
from portal.acting import OperatorChoice
from portal.operator.points.forms import types_of_owner


def may_import_points(chosen: OperatorChoice) -> bool:
    """Tell whether she may save metering points: in a role that owns some, with the permission."""
    return Permission.EDITOR_METERING_POINT in _needed(chosen) and chosen.may(Permission.EDITOR_METERING_POINT)


def may_import_readings(chosen: OperatorChoice) -> bool:
    """Tell whether she may send readings: in a role that owns points, with the permission."""
    return Permission.EDITOR_METERING_DATA in _needed(chosen) and chosen.may(Permission.EDITOR_METERING_DATA)


def may_import(chosen: OperatorChoice) -> bool:
    """Tell whether she may import anything at all."""
    return may_import_points(chosen) or may_import_readings(chosen)


def missing_to_import(chosen: OperatorChoice) -> Permission | None:
    """Give a permission with which she could import something, None where nothing is imported in her role."""
    return next(iter(_needed(chosen)), None)


def _needed(chosen: OperatorChoice) -> list[Permission]:
    """Give the permissions of the imports that her role has."""
    points = [Permission.EDITOR_METERING_POINT] if types_of_owner(chosen.role, chosen.commodity) else []
    readings = [Permission.EDITOR_METERING_DATA] if chosen.role in METERING_POINT_OPERATOR_ROLES else []
    return points + readings
