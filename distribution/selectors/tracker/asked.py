"""What is asked of the two logs, as conditions of their statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from datahub.market import Commodity, PartyType, ResourceType, Role, SourceType
from datahub.market_time import day_start
from datahub.parties.models import Party
from datahub.periods import Period
from datahub.staff.looks import Of

# Stands for the hub's staff, who look for no participant; no party has this key.
STAFF = -1


class Way(StrEnum):
    """How somebody came to see it: by reading it, or because the hub sent it."""

    READ = "READ"
    SENT = "SENT"


class What(StrEnum):
    """What was seen."""

    READINGS = "READINGS"
    POINT = "POINT"
    AGREEMENTS = "AGREEMENTS"
    # What a supplier asks of the agreements at a point before it makes one, or is told as it tries.
    AGREEMENTS_BEFORE = "AGREEMENTS_BEFORE"
    BILLS = "BILLS"
    CUSTOMER = "CUSTOMER"
    AUTHORIZATIONS = "AUTHORIZATIONS"
    # Whether the agreements are there that a request to disconnect or connect a point needs.
    CONNECTION = "CONNECTION"
    # What a supplier and an operator wrote to each other about her: questions, requests to disconnect or connect.
    EXCHANGES = "EXCHANGES"
    OTHER = "OTHER"


# By the services and pages that the access log names (`log_read`).
OF_SERVICES = {
    "meter-data/search": What.READINGS,
    "portal/readings": What.READINGS,
    "meter/search": What.POINT,
    "page:points": What.POINT,
    "page:points/export": What.POINT,
    "page:point": What.POINT,
    # What the log holds of before: the points to choose from on the page of readings.
    "operator/readings": What.POINT,
    "portal/point": What.POINT,
    "agreement/search": What.AGREEMENTS,
    "page:agreements": What.AGREEMENTS,
    "page:agreements/export": What.AGREEMENTS,
    "page:agreement": What.AGREEMENTS,
    # Those that stand on the page of a point, each of which may be seen on another ground than the point.
    "page:point/agreements": What.AGREEMENTS,
    "agreement/search/meter": What.AGREEMENTS_BEFORE,
    "agreement": What.AGREEMENTS_BEFORE,
    "network-bill/search": What.BILLS,
    "customer/search": What.CUSTOMER,
    "customer": What.CUSTOMER,
    "portal/details": What.CUSTOMER,
    "customer-authorization": What.AUTHORIZATIONS,
    "connection-state": What.CONNECTION,
    Of.POINTS.value: What.POINT,
    Of.READINGS.value: What.READINGS,
    Of.DOCUMENTS.value: What.READINGS,
    Of.AGREEMENTS.value: What.AGREEMENTS,
    Of.BILLS.value: What.BILLS,
    Of.CUSTOMERS.value: What.CUSTOMER,
    Of.AUTHORIZATIONS.value: What.AUTHORIZATIONS,
    Of.EXCHANGES.value: What.EXCHANGES,
}
OF_TYPES = {
    ResourceType.METERING_DATA: What.READINGS,
    ResourceType.METERING_POINT: What.POINT,
    ResourceType.AGREEMENT: What.AGREEMENTS,
    ResourceType.NETWORK_BILL: What.BILLS,
    ResourceType.CUSTOMER_DATA: What.CUSTOMER,
    ResourceType.PERMISSION: What.AUTHORIZATIONS,
}
# The time of these is what was seen; of an agreement it is how long that is valid.
WITH_TIME = frozenset({What.READINGS, What.BILLS})


# Beside these a page reads the name of their customer, which is at no point.
_WITH_NAME = frozenset({What.AGREEMENTS, What.POINT})
SERVICES_WITH_NAME = [service for service, what in OF_SERVICES.items() if what in _WITH_NAME]


def what_of(service: str, meter_eic: str) -> What:
    """Give what was read by a service or on a page."""
    what = OF_SERVICES.get(service, What.OTHER)
    return What.CUSTOMER if what in _WITH_NAME and not meter_eic else what


_OF_CUSTOMER = "(meter_eic = '' AND service IN ('{}'))".format("', '".join(SERVICES_WITH_NAME))
# The same in the database, of the columns `service` and `meter_eic`; a list of some twenty is read faster than a table.
WHAT_OF = "CASE {} ELSE 'OTHER' END".format(
    " ".join(
        [
            f"WHEN {_OF_CUSTOMER} THEN 'CUSTOMER'",
            *(f"WHEN service = '{service}' THEN '{what}'" for service, what in OF_SERVICES.items()),
        ]
    )
)
WHAT_OF_TYPE = "CASE resource_type {} ELSE 'OTHER' END".format(
    " ".join(f"WHEN '{kind}' THEN '{what}'" for kind, what in OF_TYPES.items())
)
# Who read, of the access log: staff have a key there as if they were a participant.
READER_ID = f"coalesce(participant_id, {STAFF})"
READER = f"{READER_ID} AS participant_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of one customer's rows: the local days from `first` to `last`, both inclusive, and filters.

    `participant_id` may be STAFF. `ground` "" asks for what was seen on no ground, None for any; so of `role` and
    `commodity`.
    """

    customer: Party
    first: date
    last: date
    participant_id: int | None = None
    what: What | None = None
    point_eic: str | None = None
    ground: SourceType | str | None = None
    authorization: UUID | None = None
    way: Way | None = None
    role: Role | str | None = None
    commodity: Commodity | str | None = None

    @property
    def start(self) -> datetime:
        """The instant at which the first day begins."""
        return day_start(self.first)

    @property
    def end(self) -> datetime:
        """The instant at which the last day has ended."""
        return day_start(self.last + timedelta(days=1))

    @property
    def leaves_out_own(self) -> bool:
        """Whether what the customer read as herself is left out: it tells a person nothing.

        A company sees that somebody who represents it has read.
        """
        return self.customer.type == PartyType.PHYSICAL_PERSON

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the conditions."""
        return {
            "eic": self.customer.eic,
            "customer": self.customer.pk,
            "start": self.start,
            "end": self.end,
            "first": self.first,
            "last": self.last,
            "participant": self.participant_id,
            "what": self.what,
            "point": self.point_eic,
            "ground": self.ground,
            "authorization": self.authorization,
            "role": self.role,
            "commodity": self.commodity,
        }

    @property
    def of_reads(self) -> str:
        """The condition on rows of the access log that the index answers, and what else no grouping needs."""
        own = " AND NOT (participant_id IS NOT DISTINCT FROM %(customer)s AND role = '')" if self.leaves_out_own else ""
        return f"customer_eic = %(eic)s AND read_at >= %(start)s AND read_at < %(end)s{own}"

    @property
    def of_rows(self) -> str:
        """The condition on rows of the access log of those filters that a read's own rows may differ in."""
        point = "" if self.point_eic is None else " AND meter_eic = %(point)s"
        authorization = "" if self.authorization is None else " AND authorization_id = %(authorization)s"
        return f"{self.of_reads}{point}{authorization}"

    of_told = "customer_id = %(customer)s AND day BETWEEN %(first)s AND %(last)s"

    @property
    def filters(self) -> str:
        """The condition on rows of either log, with the columns of `READS` and `TOLD`, that the filters make."""
        columns = {
            "participant_id": ("participant", self.participant_id),
            "what": ("what", self.what),
            "point_eic": ("point", self.point_eic),
            "ground": ("ground", self.ground),
            "authorization_id": ("authorization", self.authorization),
            "role": ("role", self.role),
            "commodity": ("commodity", self.commodity),
        }
        picked = [f"{column} = %({name})s" for column, (name, value) in columns.items() if value is not None]
        if self.way is not None:
            picked.append(f"way = '{self.way}'")
        return " AND ".join(picked) or "true"


def repeated(*, by: str) -> str:
    """Give the statement of how many rows of the log are of a read that has one before: `again`, negative.

    A read, of a participant in a role by a service at one moment, has a row for each place, authorization and customer;
    `by`: what else is another read. Most moments have one row, and the reads of the others are few to group.
    """
    alike = f"participant_id, role, commodity, service, ground, {by}"
    return f"""
SELECT {alike}, sum(1 - written)::bigint AS again
FROM (
    SELECT read_at, {alike}, count(*) AS written
    FROM (
        SELECT *, (read_at AT TIME ZONE 'Europe/Tallinn')::date AS day, {_OF_CUSTOMER} AS of_customer
        FROM access_log
        WHERE {{of_rows}} AND read_at IN (
            SELECT read_at FROM access_log WHERE {{of_rows}} GROUP BY read_at HAVING count(*) > 1
        )
    ) AS of_moments
    GROUP BY read_at, {alike} HAVING count(*) > 1
) AS of_reads
GROUP BY {alike}
"""  # noqa: S608 - our own text


# The log's periods; of those that are none nothing is said.
TIMES = "range_agg(tstzrange({start}, {end})) FILTER (WHERE {start} < coalesce({end}, 'infinity'))"
# So many separate times are named; of more the first and the last day.
TIMES_NAMED = 3
# The local days that times touch.
DAYS_OF_TIMES = """(
    SELECT range_agg(daterange(
        (lower(one) AT TIME ZONE 'Europe/Tallinn')::date,
        ((upper(one) - interval '1 microsecond') AT TIME ZONE 'Europe/Tallinn')::date, '[]'
    )) FROM unnest({times}) AS one
)"""


@dataclass(frozen=True, slots=True)
class Covered:
    """The local days of which readings or bills were seen.

    `parts` are those without a day between them that was not seen; none where they differ from place to place or are
    more than are named: then `whole` says between which days they lie.
    """

    whole: Period
    parts: Sequence[Period]


def covered_days(what: What, whole: Any, parts: Sequence[Any] | None) -> Covered | None:
    """Give the time that was seen of what has one, by the database's ranges of days."""
    if what not in WITH_TIME or whole is None:
        return None
    named = [_days(one) for one in parts or ()]
    return Covered(_days(whole), named if len(named) <= TIMES_NAMED else [])


def _days(days: Any) -> Period:
    return Period(day_start(days.lower), None if days.upper is None else day_start(days.upper))


# A hundred thousand reads come in few groups, which PostgreSQL cannot know of columns that go together: with room for
# as many groups as there might be it counts them in one pass, and does not sort the reads first.
# It takes times that are put together to need eight kilobytes a group, and they need far less.
_ROOM = "SELECT set_config('work_mem', '64MB', true), set_config('hash_mem_multiplier', '4', true)"


@transaction.atomic
def fetched(statement: str, parameters: dict[str, Any]) -> list[Any]:
    """Give the rows of a statement that groups many."""
    with connection.cursor() as cursor:
        cursor.execute(_ROOM)
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
