"""The requests that would fetch messages over the API, as lines for a shell."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpRequest

from datahub.market import ResourceType
from distribution.rules.windows import MAX_IDS
from distribution.selectors.browse import Told
from portal.acting import OperatorChoice
from portal.words.labels import label

_PATH = "/api/v1/data-distribution/search"
_PAGE_SIZE = 500
# More are not written out.
_MOST = 12


@dataclass(frozen=True, slots=True)
class Curl:
    """A request: of which type it fetches messages, from which id to which, its body, and the line."""

    resource_type: ResourceType
    id_from: int
    id_to: int
    body: dict[str, Any]
    line: str

    @property
    def head(self) -> str:
        """Say which messages it fetches."""
        ids = str(self.id_from) if self.id_from == self.id_to else f"{self.id_from}–{self.id_to}"
        return f"{label(self.resource_type)}, {ids}"


def requests_for(messages: Iterable[Told], request: HttpRequest, acting: OperatorChoice) -> list[Curl]:
    """Give requests that fetch messages: for each type as few as the longest span of ids allows."""
    made = []
    ordered = sorted(messages, key=lambda message: (message.resource_type, message.id))
    for kind, alike in groupby(ordered, key=lambda message: message.resource_type):
        for first, last in _spans(message.id for message in alike):
            body = _body(kind, first, last, acting)
            made.append(Curl(kind, first, last, body, _line(request.build_absolute_uri(_PATH), body)))
    return made[:_MOST]


def _spans(ids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Give the first and last of ids in growing order, as many together as one request may span."""
    first = last = None
    for number in ids:
        if first is None:
            first = number
        elif number - first > MAX_IDS:
            yield first, last or first
            first = number
        last = number
    if first is not None:
        yield first, last or first


def _body(kind: ResourceType, first: int, last: int, acting: OperatorChoice) -> dict[str, Any]:
    return {
        "marketParticipantContext": {
            "marketParticipantIdentification": acting.participant.eic,
            "marketParticipantRole": str(acting.role),
            "commodityType": str(acting.commodity),
        },
        "dataDistributionAttributes": {"idFrom": first, "idTo": last, "resourceType": str(kind)},
        "pagination": {"page": 0, "pageSize": _PAGE_SIZE},
    }


def _line(url: str, body: dict[str, Any]) -> str:
    # Codes and numbers alone: nothing here could end the quotes.
    return "\n".join(
        [
            f"curl -X POST '{url}' \\",
            '  -H "Authorization: Bearer $TOKEN" \\',
            "  -H 'Content-Type: application/json' \\",
            '  -H "x-document-identification: $(uuidgen)" \\',
            '  -H "x-document-date-time: $(date -u +%Y-%m-%dT%H:%M:%SZ)" \\',
            f"  -d '{json.dumps(body, indent=2)}'",
        ]
    )
