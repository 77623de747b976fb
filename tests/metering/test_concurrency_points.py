"""Two people change a metering point at the same moment: one of them is told, and nothing is lost."""

import threading

import pytest
from django.db import connection

from datahub.market import Commodity, Role
from datahub.metering.models import MeteringPoint
from datahub.metering.services import points as services
from tests import cast
from tests.metering import points
from tests.metering.points import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_changes_from_the_same_version_at_once_one_is_told_of_the_other() -> None:
    point = points.register()
    owner = cast.participant(cast.GRID_OPERATOR)
    together = threading.Barrier(2)
    came: list[str] = []

    def change(locality: str) -> None:
        form = {"meteringPoint": {"meterEic": point.eic}, "meterLocation": {"locality": locality}}
        try:
            together.wait(20)
            services.change_point(
                owner=owner,
                role=Role.GRID_OPERATOR,
                commodity=Commodity.ELECTRICITY,
                given=points.change(form),
                now=NOW,
                seen_version=1,
            )
            came.append(locality)
        except services.ChangedMeanwhileError:
            came.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(name,)) for name in ("Kopli", "Nõmme")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert came.count("told") == 1
    kept = MeteringPoint.objects.get(eic=point.eic)
    assert (kept.version, kept.locality) == (2, next(name for name in came if name != "told"))


def test_a_change_that_names_no_version_is_of_none() -> None:
    point = points.register()
    for locality in ("Kopli", "Nõmme"):
        form = {"meteringPoint": {"meterEic": point.eic}, "meterLocation": {"locality": locality}}
        services.change_point(
            owner=cast.participant(cast.GRID_OPERATOR),
            role=Role.GRID_OPERATOR,
            commodity=Commodity.ELECTRICITY,
            given=points.change(form),
            now=NOW,
        )
    assert MeteringPoint.objects.get(eic=point.eic).version == 3
