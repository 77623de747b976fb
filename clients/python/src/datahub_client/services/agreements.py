"""Agreements. Source: `2-wire.md`, `/agreement`."""

from collections.abc import Iterator, Sequence
from typing import Unpack, cast

from datahub_client.services.base import MOST_ROWS, Options, Page, Service, all_rows, pagination, serves
from datahub_client.types import (
    AgreementAttributes,
    AgreementReference,
    ChangedAgreement,
    FoundAgreement,
    MeterAgreements,
    NewAgreement,
)


class Agreements(Service):
    """Agreements of all types."""

    @serves("POST /agreement")
    def create(self, agreement: NewAgreement, **options: Unpack[Options]) -> NewAgreement:
        """Register an agreement; give it as saved."""
        return cast(NewAgreement, self._call_for("agreement", "POST", "/agreement", {"agreement": agreement}, options))

    @serves("PUT /agreement")
    def change(self, change: ChangedAgreement, **options: Unpack[Options]) -> NewAgreement:
        """Change an agreement; give it as saved."""
        return cast(
            NewAgreement, self._call_for("agreement", "PUT", "/agreement", {"agreementChange": change}, options)
        )

    @serves("POST /agreement/delete")
    def delete(self, agreement: AgreementReference, **options: Unpack[Options]) -> None:
        """Delete an agreement that has not started."""
        self._call("POST", "/agreement/delete", {"agreement": agreement}, options)

    @serves("POST /agreement/search")
    def search(
        self,
        attributes: AgreementAttributes,
        *,
        page: int = 0,
        page_size: int = MOST_ROWS,
        **options: Unpack[Options],
    ) -> Page[FoundAgreement]:
        """Give a page of the agreements that we may see and that have all attributes, by start, then id.

        One of agreementId, meterEic, customerEic and serviceProviderEic is needed.
        """
        fields = {"agreementAttributes": attributes}
        return self._page("agreements", "/agreement/search", {**fields, **pagination(page, page_size)}, options)

    def iterate(self, attributes: AgreementAttributes, **options: Unpack[Options]) -> Iterator[FoundAgreement]:
        """Give all agreements that a search finds, asking for page after page."""
        return all_rows(lambda page: self.search(attributes, page=page, **options))

    @serves("POST /agreement/search/meter")
    def of_metering_points(
        self, customer_eic: str, meter_eics: Sequence[str], **options: Unpack[Options]
    ) -> list[MeterAgreements]:
        """Give the agreements at metering points of a customer, before a new supply."""
        fields = {"customerEic": customer_eic, "meterEic": meter_eics}
        found = self._call_for("meteringPoints", "POST", "/agreement/search/meter", fields, options)
        return cast(list[MeterAgreements], found)
