"""Scanning what was distributed. Source: seed 004, "Scanning data updates"."""

from datahub.market import Permission
from datahub.wire.encode import exact_instant
from datahub.wire.service import Answer, Call, Service, ServiceView
from distribution.api.encode import encode_page
from distribution.api.serializers import SearchAnswer, SearchRequest
from distribution.selectors.log import Window
from distribution.selectors.scan import scan


class SearchView(ServiceView):
    """`POST /data-distribution/search`."""

    services = {
        "post": Service(
            permission=Permission.VIEWER_DATA_DISTRIBUTION,
            body=SearchRequest,
            answer=SearchAnswer,
            summary="Scan the messages addressed to the participant in its role and commodity",
            description=(
                "Messages come by id. Ids and created times grow in the order in which messages become visible; a "
                "window that ends at or before `x-highest-id` or `x-complete-until` is final, and the next scan goes "
                "on behind it. No page holds a message behind them; of several pages the last one's count. Messages "
                "are kept for seven days."
            ),
            headers={
                "x-highest-id": "The highest id given to any message: ids up to it are final.",
                "x-complete-until": "No message will be created before this moment: times before it are final.",
            },
            example={
                "dataDistributionAttributes": {"idFrom": 4656, "idTo": 14656, "resourceType": "AGREEMENT"},
                "pagination": {"page": 0, "pageSize": 100},
            },
            answer_example={
                "dataDistributions": [
                    {
                        "id": 4656,
                        "createdTime": "2024-05-23T10:08:44.320005Z",
                        "resourceType": "AGREEMENT",
                        "reason": "CREATE",
                        "hasContent": True,
                        "content": '[{"meterEic":"38ZGO-1000001U-D","agreementType":"GENERAL_SERVICE"}]',
                    }
                ],
                "pagination": {"page": 0, "totalPages": 1},
            },
        )
    }

    def post(self, call: Call) -> Answer:
        """Give a page of messages."""
        wanted, pagination = call.fields["dataDistributionAttributes"], call.fields["pagination"]
        page = scan(
            participant_eic=call.context.participant.eic,
            role=call.context.role,
            commodity=call.context.commodity,
            resource_type=wanted["resourceType"],
            window=Window(
                created_from=wanted.get("createdTimeFrom"),
                created_to=wanted.get("createdTimeTo"),
                id_from=wanted.get("idFrom"),
                id_to=wanted.get("idTo"),
            ),
            offset=pagination.offset,
            limit=pagination.page_size,
            now=call.now,
        )
        return Answer(
            encode_page(page, resource_type=wanted["resourceType"], pagination=pagination),
            headers={
                "x-highest-id": str(page.end.highest_id),
                "x-complete-until": exact_instant(page.end.complete_until),
            },
        )
