"""What every answer must be, whatever was asked: as described, and one of those that the request deserves."""

import json
from typing import Any

import requests
from schemathesis import Case, Response
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi import checks

from datahub.errors import codes
from tests.contracts.fuzzing import values
from tests.contracts.fuzzing.cases import IDENTIFICATION, SENT_AT
from tests.contracts.fuzzing.described import Described

AS_DESCRIBED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
STATUS_OF_CODE = {code.name: code.status for code in codes.every_code()}
_V, _DD = "opp.error.validation.", "dd.error.validation.data-distribution-"
# What a request that is as described may still be refused for with 400: what the description's language cannot say,
# such as check characters, the signs of a text, or that one of two fields is needed.
BEYOND_THE_DESCRIPTION = {
    "opp.error.business.eic-syntax-error",
    *(_V + name for name in ("invalid-pattern", "missing", "invalid-enum", "invalid-email", "too-big", "too-small")),
    *(_V + name for name in ("too-many-decimals", "field-value-cannot-be-negative", "size", "path-and-body-differ")),
    *(_V + name for name in ("from-field-cannot-be-equal-to-or-after-to-field", "update-period-max-days")),
    *(_V + name for name in ("agreement-attributes-required-one-of", "meter-data-status-interval-max-length")),
    *(_V + name for name in ("invalid-measurement-type", "duplicate-measurement-unit-by-direction")),
    _V + "network-bill-is-duplicated",
    *(_V + name for name in ("period-is-not-within-calendar-month", "field-cannot-be-longer-than-x-characters")),
    *(_V + f"connection-state-{name}-date-cannot-be-in-past" for name in ("preferred", "estimated")),
    *(_DD + f"created-time-period-max-one-{name}" for name in ("day", "hour")),
    *(_DD + name for name in ("id-range-or-time-interval-is-required", "id-from-can-not-be-bigger-than-id-to")),
    *(_DD + name for name in ("id-can-not-be-negative-number", "id-range-exceeds-max-number")),
    _DD + "provide-from-and-to-params-together",
}
load_all_checks()


def is_right(described: Described, case: Case) -> bool:
    """Tell whether a request is as described, headers and body."""
    headers = case.headers
    if not values.is_uuid(headers.get(IDENTIFICATION)) or not values.is_instant(headers.get(SENT_AT)):
        return False
    if not all(values.is_uuid(value) for value in case.path_parameters.values()):
        return False
    return isinstance(case.body, dict) and described.is_right(case.method, case.path, case.body)


def check(described: Described, case: Case, answer: Response) -> str:
    """Raise AssertionError, or the library's own, unless an answer is as it must be; give its error code or ""."""
    case.validate_response(answer, checks=AS_DESCRIBED)
    refused = answer.status_code >= 400
    cause: dict[str, Any] = answer.json()["cause"] if refused else {}
    said = f"{answer.status_code} {json.dumps(cause, ensure_ascii=False)[:1000]} to\n{_curl(case)}"
    (trace_id,) = answer.headers["x-trace-id"]
    if refused:
        assert STATUS_OF_CODE.get(cause["code"]) == answer.status_code, f"the code has another status: {said}"
        assert cause["traceId"] == trace_id, f"two trace ids: {said}"
        assert cause["args"] and cause["message"], f"a refusal that says too little: {said}"
    identification = case.headers.get(IDENTIFICATION)
    if values.is_uuid(identification):
        assert answer.headers["x-original-document-identification"] == [identification], said
    if is_right(described, case):
        is_known = answer.status_code != 400 or cause["code"] in BEYOND_THE_DESCRIPTION
        assert is_known and answer.status_code not in {401, 405, 413, 415}, f"what is as described is refused: {said}"
    elif not _is_judged_later(case):
        assert refused, f"what is not as described is taken: {said}"
    return str(cause.get("code", ""))


def _is_judged_later(case: Case) -> bool:
    """Tell whether a service looks at values only after it has answered: at the energy of readings."""
    return case.path == "/api/v1/meter-data"


def _curl(case: Case) -> str:
    return str(case.as_curl_command(headers=dict(case.headers)))


def session() -> requests.Session:
    """Give what requests are sent with: connections are kept, and nothing else of one request for the next."""
    made = requests.Session()
    made.trust_env = False
    return made
