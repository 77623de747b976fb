"""Customers' authorizations. Source: `2-wire.md`, `/customer-authorization`."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from datahub_client.codec import instant_text
from datahub_client.services.base import MOST_ROWS, Options, Page, Service, all_rows, pagination, serves
from datahub_client.types import ShownAuthorization


class AuthorizationFilter(TypedDict, total=False):
    """Which authorizations: of which points, of which customers, valid or opening data in which periods."""

    meterEic: Sequence[str]
    customerEic: Sequence[str]
    periodStart: datetime | str
    periodEnd: datetime | str
    subjectPeriodStart: datetime | str
    subjectPeriodEnd: datetime | str


class Authorizations(Service):
    """What customers let us see."""

    @serves("POST /customer-authorization", "POST /customer-authorization/search")
    def search(
        self,
        attributes: AuthorizationFilter | None = None,
        *,
        page: int = 0,
        page_size: int = MOST_ROWS,
        **options: Unpack[Options],
    ) -> Page[ShownAuthorization]:
        """Give a page of the authorizations given to us in our role: valid now, or in the period that is asked for."""
        fields: dict[str, Any] = {
            name: instant_text(value) if isinstance(value, datetime) else value
            for name, value in (attributes or {}).items()
        }
        return self._page(
            "customerAuthorizations", "/customer-authorization", {**fields, **pagination(page, page_size)}, options
        )

    def iterate(
        self, attributes: AuthorizationFilter | None = None, **options: Unpack[Options]
    ) -> Iterator[ShownAuthorization]:
        """Give all authorizations that a search finds, asking for page after page."""
        return all_rows(lambda page: self.search(attributes, page=page, **options))
