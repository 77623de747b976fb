"""Metering points in versions, and readings with the documents that brought them."""

from datahub.metering.models.point import MeteringPoint, MeteringPointVersion
from datahub.metering.models.readings import DocumentBody, MeterDataDocument, PointReadings, ReadingDay

__all__ = ["DocumentBody", "MeterDataDocument", "MeteringPoint", "MeteringPointVersion", "PointReadings", "ReadingDay"]
