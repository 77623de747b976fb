"""Customer enquiries. Source: `4-exchanges.md`, `/direct-messages`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Unpack, cast

from datahub_client.services.base import MOST_ROWS, Options, Page, all_rows, pagination, serves, without_none
from datahub_client.services.exchanges import Changes, ExchangeService
from datahub_client.types import (
    DirectMessageAttributes,
    DirectMessageRequest,
    DirectMessageRequestChange,
    DirectMessageResponse,
    DirectMessageResponseChange,
    EnquiryResult,
)


class Enquiries(ExchangeService):
    """A supplier's questions about a customer's grid service, and the operator's answers."""

    path, request_id, response_id = "/direct-messages", "messageRequestId", "messageResponseId"

    @serves("POST /direct-messages")
    def send(self, request: DirectMessageRequest, **options: Unpack[Options]) -> str:
        """Send an enquiry; give its id."""
        return cast(str, self._send("POST", "", {"directMessageRequest": request}, options))

    @serves("PUT /direct-messages", "PUT /direct-messages/{messageRequestId}")
    def change(self, enquiry: str, change: DirectMessageRequestChange, **options: Unpack[Options]) -> EnquiryResult:
        """Change an enquiry, or cancel it; give it as it now stands."""
        fields = {**self._ids(enquiry, None), "directMessageRequestChange": change}
        return cast(EnquiryResult, self._send("PUT", "", fields, options))

    @serves("POST /direct-messages/response", "POST /direct-messages/{messageRequestId}/response")
    def respond(self, enquiry: str, response: DirectMessageResponse, **options: Unpack[Options]) -> str:
        """Answer an enquiry; give the response's id."""
        fields = {**self._ids(enquiry, None), "directMessageResponse": response}
        return cast(str, self._send("POST", "/response", fields, options))

    @serves("PUT /direct-messages/response", "PUT /direct-messages/{messageRequestId}/response/{messageResponseId}")
    def change_response(
        self,
        change: DirectMessageResponseChange,
        *,
        enquiry: str | None = None,
        response: str | None = None,
        **options: Unpack[Options],
    ) -> EnquiryResult:
        """Change the response that is named by its own id, by its enquiry's, or by both; give the enquiry with it."""
        fields = {**self._ids(enquiry, response), "directMessageResponseChange": change}
        return cast(EnquiryResult, self._send("PUT", "/response", fields, options))

    @serves("POST /direct-messages/search")
    def search(
        self, attributes: DirectMessageAttributes | None = None, **options: Unpack[Options]
    ) -> list[EnquiryResult]:
        """Give the enquiries of ours that have all attributes, newest first: the first thousand."""
        return self._found(without_none(directMessageAttributes=attributes), options)

    def page(
        self,
        attributes: DirectMessageAttributes | None = None,
        *,
        page: int = 0,
        page_size: int = MOST_ROWS,
        **options: Unpack[Options],
    ) -> Page[EnquiryResult]:
        """Give a page of what a search finds."""
        fields = without_none(directMessageAttributes=attributes)
        return self._page("directMessages", f"{self.path}/search", {**fields, **pagination(page, page_size)}, options)

    def iterate(
        self, attributes: DirectMessageAttributes | None = None, **options: Unpack[Options]
    ) -> Iterator[EnquiryResult]:
        """Give all that a search finds, asking for page after page."""
        return all_rows(lambda page: self.page(attributes, page=page, **options))

    @serves("POST /direct-messages/change")
    def changes(self, since: datetime | str, **options: Unpack[Options]) -> Changes[EnquiryResult]:
        """Give what the other side saved after an instant: at most a thousand.

        To read all of it, use `Hub.scan_enquiries`.
        """
        return self._changes(since, options)
