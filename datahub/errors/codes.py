"""The registry of error codes: every code with its status and message. The docs list is generated from it.

Names are `area.error.kind.name` with area `opp`, `dd` or `authz` and kind `validation`, `business` or `technical`.
Source: `2-wire.md`, "Errors". Where that list has none that fits, one in the same style is added here.
"""

from dataclasses import replace

from datahub.errors import Code

_BY_NAME: dict[str, Code] = {}
_OTHER_TEXTS: list[Code] = []


def _code(name: str, status: int, message: str) -> Code:
    if name in _BY_NAME:
        raise ValueError(f"error code {name} stands twice in the registry")
    _BY_NAME[name] = Code(name, status, message)
    return _BY_NAME[name]


def _other_text(code: Code, message: str) -> Code:
    """Give a code a second message, for a place where its own would say too little."""
    _OTHER_TEXTS.append(replace(code, message=message))
    return _OTHER_TEXTS[-1]


def every_code() -> list[Code]:
    """Give the whole registry, by name; a code with several messages once with each."""
    return sorted([*_BY_NAME.values(), *_OTHER_TEXTS], key=lambda code: code.name)


# --- common: shape and values of fields -----------------------------------------------------------------------------
_V = "opp.error.validation."
MISSING = _code(_V + "missing", 400, "{0} is missing")
MISSING_WHERE = _other_text(MISSING, "{0} is missing {1}")
MISSING_FIELD = _code(_V + "missing-field", 400, "{0} is unknown here; known are {1}")
INVALID_ENUM = _code(_V + "invalid-enum", 400, "{0} can be {1}, not {2}")
INVALID_PATTERN = _code(_V + "invalid-pattern", 400, "{0} is {1}, but must be {2}")
UNPARSEABLE = _code(_V + "unparseable", 400, "{0} cannot be read: {1}")
UNPARSEABLE_OBJECT = _code(_V + "unparseable-object", 400, "the body cannot be read as JSON: {0}")
SIZE = _code(_V + "size", 400, "{0} has {1} entries, but must have {2}")
TOO_SMALL = _code(_V + "too-small", 400, "{0} is {1}, but must be at least {2}")
TOO_BIG = _code(_V + "too-big", 400, "{0} is {1}, but must be at most {2}")
TOO_MANY_ENTRIES = _code(_V + "too-many-entries", 400, "{0} has {1} entries, but may have at most {2}")
TOO_MANY_DECIMALS = _code(_V + "too-many-decimals", 400, "{0} is {1}, but may have at most {2} decimals")
FIELD_VALUE_CANNOT_BE_NEGATIVE = _code(_V + "field-value-cannot-be-negative", 400, "{0} is {1}, but cannot be negative")
FIELD_CANNOT_BE_LONGER = _code(
    _V + "field-cannot-be-longer-than-x-characters", 400, "{0} is {1} characters long, but may have at most {2}"
)
FROM_NOT_BEFORE_TO = _code(
    _V + "from-field-cannot-be-equal-to-or-after-to-field", 400, "{0} ({1}) must be before {2} ({3})"
)
PATH_AND_BODY_DIFFER = _code(
    _V + "path-and-body-differ", 400, "{0} is {1} in the body, but {2} in the path; give it once, or the same twice"
)
LIST_CAN_NOT_BE_EMPTY = _code(_V + "list-can-not-be-empty", 400, "{0} must have at least one entry")
INVALID_EMAIL = _code(_V + "invalid-email", 400, "{0} is {1}, but must be an e-mail address")

UPDATE_PERIOD_TOO_LONG = _code(
    _V + "update-period-max-days", 400, "{0} is {1}, but may be at most {2} days back: {3} at the earliest"
)

# --- common: who may do what ----------------------------------------------------------------------------------------
_B = "opp.error.business."
SENDER_TYPE = _code(_B + "sender-type-error", 403, "{0} may not do this; it can only be done in the role {1}")
SERVICE_PROVIDER_TYPE = _code(_B + "service-provider-type-error", 422, "{0}: {1} does not hold the role {2}")
CUSTOMER_TYPE = _code(_B + "customer-type-error", 422, "{0}: {1} does not hold the role {2}")
SENDER_AND_SERVICE_PROVIDER_MISMATCH = _code(
    _B + "sender-and-service-provider-mismatch-error", 422, "{0} is {1}, but must be the sender, {2}"
)
SENDER_AND_CUSTOMER_MISMATCH = _code(
    _B + "sender-and-customer-mismatch-error", 422, "{0} is {1}, but must be the sender, {2}"
)
COMMODITY_TYPE_MISMATCH = _code(
    _B + "commodity-type-mismatch-error", 422, "{0} is {1}, but must be {2}, that of the {3}"
)
CUSTOMER_NOT_RESOLVED = _code(_B + "customer-external-id-resolve-error", 422, "{0}: no party has the code {1}")
CUSTOMER_NOT_CHANGEABLE = _other_text(
    CUSTOMER_NOT_RESOLVED,
    "{0}: there is no customer {1} with which you have a GRID agreement (now, later or ended in the last 12 months) or,"
    " as its named supplier, an active GENERAL_SERVICE",
)
SERVICE_PROVIDER_NOT_RESOLVED = _code(
    _B + "service-provider-external-id-resolve-error", 422, "{0}: no market participant has the code {1}"
)
TOO_MANY_FOUND = _code(
    _B + "too-many-found", 422, "{0}: more than {2} match {1}; use a code, or enter more of the name"
)
NO_CHANGE_RECEIVED = _code(_B + "no-change-received", 422, "the request changes nothing: {0}")

# --- common: the frame ----------------------------------------------------------------------------------------------
_T = "opp.error.technical."
GENERAL = _code(_T + "general", 500, "something went wrong here; report the traceId to the hub's staff")
GENERAL_AT_WORK = _other_text(GENERAL, "something went wrong here, not in the message")
AUTHENTICATION = _code(_T + "authentication", 401, "the token is not valid: {0}")
JWT_FORMAT = _code(_T + "jwt-format", 401, "the Authorization header must be a Bearer token in JWT form: {0}")
IP_ADDRESS_NOT_ALLOWED = _code(_T + "ip-address-not-allowed", 403, "the address {0} is not among those that {1} allows")
UNPROCESSABLE_CONTEXT = _code(_T + "unprocessable-market-participant-context", 403, "{0}: {1}")
NOT_FOUND_HEADER = _code(_T + "not-found.header", 400, "the header {0} is missing or wrong: {1}")
NOT_FOUND_RESOURCE = _code(_T + "not-found.resource", 404, "there is nothing at {0}")
PERMISSION_MISSING = _code(_T + "permission-missing", 403, "the user {0} has none of the permissions {1}")
METHOD_NOT_ALLOWED = _code(_T + "method-not-allowed", 405, "{0} is not allowed here; allowed are {1}")
BODY_TOO_LARGE = _code(_T + "body-too-large", 413, "the body may have at most {0} bytes")
UNSUPPORTED_MEDIA_TYPE = _code(
    _T + "unsupported-media-type", 415, "the content type is {0}, but must be application/json in UTF-8"
)
DOCUMENT_AT_WORK = _code(
    _T + "document-at-work", 409, "the document {0} is still being processed; ask again in a moment"
)
DOCUMENT_USED = _code(
    _T + "document-identification-used", 409, "the identification {0} was used for another service or another body"
)
TOO_MANY_REQUESTS = _code(_T + "too-many-requests", 429, "too many requests; try again in {0} seconds")
UNAVAILABLE = _code(_T + "unavailable", 503, "the hub cannot process this now; send it again in {0} seconds")
QUEUE_FULL = _code(_T + "queue-full", 503, "too many documents are waiting to be processed; send it again later")

# --- people who act for participants ----------------------------------------------------------------------------------
LAST_ADMINISTRATOR = _code(
    _B + "last-administrator",
    422,
    "{0}: {1} cannot be removed, since nobody else has it for this role; give it to another person first",
)
OWN_ADMINISTRATION = _code(
    _B + "own-administration",
    422,
    "{0}: you cannot take {1} from yourself; another administrator or the hub's staff can",
)
OWN_PERMISSIONS = _code(
    _B + "own-permissions",
    403,
    "{0}: only administrators can change their own permissions; ask an administrator of the role",
)
PERMISSION_OF_ADMINISTRATORS = _code(
    _B + "permission-of-administrators", 403, "{0}: only administrators of the role can give or remove {1}"
)
ADMINISTRATOR_OF_EACH_ROLE = _code(
    _B + "administrator-of-each-role",
    403,
    "{0}: it may act in each role of the company, and you are no administrator in {1}",
)

# --- metering points ------------------------------------------------------------------------------------------------
METERING_POINT_NOT_EXISTS = _code(_B + "metering-point-not-exists", 404, "{0}: there is no metering point {1}")
METERING_POINT_CANNOT_BE_FOUND = _code(
    _B + "metering-point-cannot-be-found", 404, "{0}: there is no metering point {1}"
)
INVALID_PARENT = _code(_B + "invalid-parent", 422, "{0}: {1} cannot be the parent: {2}")
METERING_POINT_TYPE_CANNOT_BE_UPDATED = _code(
    _B + "metering-point-type-cannot-be-updated", 422, "{0} is {1} and cannot become {2}"
)
INCORRECT_CHARACTERISTICS_TYPE = _code(
    _B + "incorrect-characteristics-type", 422, "{0} does not fit; this kind of metering point has {1}"
)
EIC_SYNTAX = _code(_B + "eic-syntax-error", 400, "{0} is {1}, which is not an EIC code of the kind {2}: {3}")
EIC_RANGE = _code(_B + "eic-range-error", 422, "{0} is {1}, but must be in a code range of {2}: {3}")
EIC_RANGE_IN_USE = _code(
    _B + "eic-range-in-use", 409, "{0}: {1} cannot be removed, since there are metering points in it"
)
INCORRECT_MARKET_PARTICIPANT_ROLE = _code(
    _B + "incorrect-market-participant-role", 403, "a point of the type {0} cannot be registered in the role {1}"
)
NO_ACCESS_TO_METER_POINT = _code(
    _B + "market-participant-has-no-access-to-meter-point", 403, "{0}: {1} belongs to another participant"
)
ALREADY_EXISTS = _code(_B + "already-exists", 409, "{0}: {1} already exists")

# --- agreements -----------------------------------------------------------------------------------------------------
AGREEMENT_CANNOT_BE_FOUND = _code(_B + "agreement-cannot-be-found", 404, "{0}: you have no such agreement: {1}")
AGREEMENT_TYPE_CANNOT_BE_PROCESSED = _code(
    _B + "agreement-type-cannot-be-processed", 422, "{0}: {1} cannot be {2} this way"
)
BORDER_SUPPLY_BY_HAND = _code(
    _B + "border-supply-cannot-be-created-modified-or-deleted-manually",
    422,
    "{0}: only the hub creates, moves and deletes a BORDER_SUPPLY",
)
GENERAL_SERVICE_BY_HAND = _code(
    _B + "general-service-cannot-be-created-modified-or-deleted-manually",
    422,
    "{0}: only the hub creates and deletes a GENERAL_SERVICE",
)
AGREEMENT_ATTRIBUTES_REQUIRED = _code(
    _V + "agreement-attributes-required-one-of", 400, "{0} must have at least one of {1}"
)
OVERLAPPING_AGREEMENTS = _code(
    "dd.error.business.overlapping-agreements",
    422,
    "{0} to {1} ({2}) overlaps {3}; the two may not be valid at the same time",
)

AGREEMENT_ATTRIBUTE_NOT_ALLOWED = _code(
    _B + "agreement-attribute-not-allowed", 422, "{0} cannot be given for the type {1}"
)
AGREEMENT_ATTRIBUTE_CANNOT_BE_CHANGED = _code(
    _B + "agreement-attribute-cannot-be-changed", 422, "{0} is {1} and cannot become {2}"
)
AGREEMENT_PARTIES_EQUAL = _code(_B + "agreement-parties-are-the-same", 422, "{0} is {1}, {2}")
AGREEMENT_POINT_TYPE = _code(
    _B + "agreement-metering-point-type-error", 422, "{0}: {1} is {2}; {3} agreements are possible only at {4}"
)
AGREEMENT_NOT_ON_BOUNDARY = _code(_B + "agreement-date-not-on-boundary", 422, "{0} is {1}, but must be {2}")
AGREEMENT_TOO_EARLY = _code(_B + "agreement-date-too-early", 422, "{0} is {1}, but may be {2} at the earliest: {3}")
AGREEMENT_EXPIRED = _code(_B + "agreement-has-expired", 422, "the agreement ended at {0} and cannot change")
AGREEMENT_STARTED = _code(
    _B + "agreement-has-started", 422, "the agreement started at {0} and cannot be deleted; end it instead"
)
AGREEMENT_WITHOUT_GRID = _code(
    _B + "missing-grid-agreement", 422, "{0} is {1}, but the customer {2} has no GRID agreement at {3} then"
)
AGREEMENT_BEYOND_GRID = _code(
    _B + "agreement-exceeds-grid-agreement", 422, "{0} is {1}, but the customer's GRID agreement ends: {2}"
)
NO_PORTFOLIO_PROVIDER = _code(_B + "missing-portfolio-provider", 422, "{0}: {1} has no portfolio provider at {2}")
PORTFOLIO_CYCLE = _code(_B + "portfolio-cycle", 422, "{0}: {1} would be in its own portfolio through {2} at {3}")

# --- readings -------------------------------------------------------------------------------------------------------
METER_DATA_CANNOT_BE_RETRIEVED = _code(
    _B + "meter-data-cannot-be-retrieved", 404, "{0}: there are no readings of {1} for you to see"
)
MARKET_PARTICIPANT_MISMATCH = _code(
    _B + "market-participant-mismatch-error", 422, "{0} is not a metering point of the sender, {1}"
)
METERING_DATA_DUPLICATED = _code(
    _B + "metering-data-is-duplicated", 422, "the interval {1} of {0} is in the message more than once"
)
WRONG_RESOLUTION = _code(_B + "wrong-resolution", 422, "{0}: the resolution is {1}, but must be {2}")
WRONG_MEASUREMENT_VALUE = _code(_B + "wrong-measurement-value", 422, "{0} is {1}, but must be {2}")
HOURLY_TIMESTAMP_WRONG = _code(
    _B + "timestamp-of-hourly-resolution-wrong-format", 422, "{0} is {1}, but an hour starts on the full hour"
)
QUARTERLY_TIMESTAMP_WRONG = _code(
    _B + "timestamp-of-quarterly-resolution-wrong-format",
    422,
    "{0} is {1}, but a quarter-hour starts at minute 00, 15, 30 or 45",
)
DAILY_TIMESTAMP_WRONG = _code(
    _B + "timestamp-of-daily-resolution-wrong-format",
    422,
    "{0} is {1}, but a gas day starts at 07:00 in Europe/Tallinn",
)
PERIOD_START_IN_FUTURE = _code(
    _B + "period-start-too-far-in-future", 422, "{0} is {1}, but may be at most {2} days ahead"
)
PERIOD_START_IN_PAST = _code(_B + "period-start-too-far-in-past", 422, "{0} is {1}, but may be at most {2} months back")
STATUS_INTERVAL_TOO_LONG = _code(
    _V + "meter-data-status-interval-max-length", 400, "{0} to {1} spans more than {2} days"
)

# --- network bills --------------------------------------------------------------------------------------------------
INVALID_MEASUREMENT_TYPE = _code(
    _V + "invalid-measurement-type", 400, "{0} is {1}, but a network bill of {2} is measured in {3}"
)
DUPLICATE_MEASUREMENT_UNIT = _code(
    _V + "duplicate-measurement-unit-by-direction", 400, "{0} is {1}, which was already given for the direction {2}"
)
MISSING_AGREEMENT_FOR_PERIOD = _code(
    _V + "missing-agreement-for-period", 422, "{0} ({1} – {2}): {3} has no GRID agreement of the sender then"
)
PERIOD_NOT_COVERED = _code(
    _V + "period-is-not-covered-by-agreement",
    422,
    "{0} ({1} – {2}) must lie inside one GRID agreement; those that overlap it are valid {3}",
)
PERIOD_BEYOND_MONTH = _code(
    _V + "period-is-not-within-calendar-month",
    400,
    "{0} is {1}, but may be {2} at the latest: the local month in which the bill starts, at {3}, ends then",
)
NETWORK_BILL_DUPLICATED = _code(
    _V + "network-bill-is-duplicated", 400, "{0}: the bill of {1} for {2} – {3} is in the message more than once"
)

# --- connection and disconnection requests ----------------------------------------------------------------------------
NO_AGREEMENT_BETWEEN_GO_AND_OS = _code(
    _B + "missing-agreement-between-go-and-os",
    422,
    "{0}: there is no JOINT_INVOICE agreement of {1} with {2} for {3}, valid now or ended in the last {4} months",
)
NO_AGREEMENT_BETWEEN_OS_AND_CUSTOMER = _code(
    _B + "missing-agreement-between-os-and-cust",
    422,
    "{0}: there is no SUPPLY agreement of {1} with {2} at {3} for {4}, valid now or ended in the last {5} months",
)
NO_AGREEMENT_BETWEEN_GO_AND_CUSTOMER = _code(
    _B + "missing-agreement-between-go-and-cust",
    422,
    "{0}: there is no GRID agreement of {1} with {2} at {3} for {4}, valid now or ended in the last {5} months, that"
    " you may know of",
)
REDUNDANT_CONNECTION_REQUEST = _code(
    _B + "redundant-connection-state-initialization",
    422,
    "{0}: {1} already has an open request for {2} and the customer {3}; it must end or be cancelled first",
)
REDUNDANT_OWN_CONNECTION_REQUEST = _other_text(
    REDUNDANT_CONNECTION_REQUEST,
    "{0}: {1} already has an open request of yours for {2} and the customer {3}: change or cancel {4}",
)
CONNECTION_REQUEST_NOT_EXISTS = _code(
    _B + "connection-state-header-not-exists", 404, "{0}: you have no connection request or answer {1}"
)
CONNECTION_REQUEST_NOT_ANSWERED = _code(
    _B + "connection-state-response-not-exists",
    422,
    "{0}: the request {1} has no answer to change yet; send one with POST",
)
CONNECTION_REQUEST_ANSWERED = _code(
    _B + "connection-state-response-already-exists",
    422,
    "{0}: the request {1} already has an answer, {2}; change it with PUT",
)
CONNECTION_NEXT_STATE_NOT_ALLOWED = _code(
    _B + "connection-state-message-next-state-is-not-allowed",
    422,
    "{0} is {1}, but {2} was requested and the request is {3}; possible are {4}",
)
CONNECTION_PROCESS_TERMINATED = _code(
    _B + "connection-state-process-terminated",
    422,
    "{0}: the request {1} has been {2} since {3}; nothing more can be saved",
)
CONNECTION_REFUSAL_REASON_MISSING = _code(
    _B + "connection-state-reason-must-be-provided-in-case-of-refused-state",
    422,
    "{0} is missing; with the state REFUSED it must be one of {1}",
)
CONNECTION_ATTRIBUTE_DOES_NOT_FIT = _code(
    _B + "connection-state-attribute-does-not-fit-state", 422, "{0} is {1}, but is allowed {2}; the state is {3}"
)
CONNECTION_ATTRIBUTE_CANNOT_BE_CHANGED = _code(
    _B + "connection-state-attribute-cannot-be-changed", 422, "{0} is {1} and cannot become {2}{3}"
)
CONNECTION_REASON_MISMATCH = _code(
    _B + "mismatched-initiation-reason-and-state", 422, "{0} is {1}, but for {2} it can be {3}"
)
CONNECTION_SERVICE_PROVIDER = _code(
    _B + "service-provider-role-and-initiation-mismatch",
    422,
    "{0}: no participant {1} holds the role {2} for {3} now",
)
CONNECTION_PARTICIPANT = _code(
    _B + "connection-state-participant-must-be-sender-or-receiver",
    403,
    "{0}: in {1} you are the {2}; only its {3} can do this",
)
CONNECTION_PREFERRED_DATE_PAST = _code(
    _V + "connection-state-preferred-date-cannot-be-in-past", 400, "{0} is {1}, but may be {2} at the earliest: today"
)
CONNECTION_ESTIMATED_DATE_PAST = _code(
    _V + "connection-state-estimated-date-cannot-be-in-past", 400, "{0} is {1}, but may be {2} at the earliest: today"
)

# --- distribution ---------------------------------------------------------------------------------------------------
_D = "dd.error.validation.data-distribution-"
CREATED_TIME_MAX_ONE_DAY = _code(
    _D + "created-time-period-max-one-day", 400, "{0} ({1}) to {2} ({3}) may span at most 24 hours for {4}"
)
CREATED_TIME_MAX_ONE_HOUR = _code(
    _D + "created-time-period-max-one-hour", 400, "{0} ({1}) to {2} ({3}) may span at most one hour for {4}"
)
ID_RANGE_OR_TIME_REQUIRED = _code(
    _D + "id-range-or-time-interval-is-required", 400, "{0} needs createdTimeFrom and createdTimeTo, or idFrom and idTo"
)
ID_FROM_BIGGER_THAN_TO = _code(_D + "id-from-can-not-be-bigger-than-id-to", 400, "{0} ({1}) is bigger than {2} ({3})")
ID_NEGATIVE = _code(_D + "id-can-not-be-negative-number", 400, "{0} is {1}, but cannot be negative")
ID_RANGE_TOO_LARGE = _code(
    _D + "id-range-exceeds-max-number", 400, "{0} to {1} spans {2} ids, but may span at most {3}"
)
PROVIDE_BOTH_ENDS = _code(_D + "provide-from-and-to-params-together", 400, "{0} must be given together with {1}")

# --- enquiries ------------------------------------------------------------------------------------------------------
ENQUIRY_OPERATOR_UNKNOWN = _other_text(
    SERVICE_PROVIDER_NOT_RESOLVED,
    "{0} is missing, and no operator of {2} now has a code range that contains {1}: name the operator to ask",
)
CHANGED_MEANWHILE = _code(
    _B + "changed-meanwhile",
    409,
    "someone saved it at {0}, after you had opened it: look at the current data, then decide and save again",
)
ENQUIRY_CANNOT_BE_FOUND = _code(_B + "enquiry-cannot-be-found", 404, "{0}: you have no such enquiry: {1}")
ENQUIRY_ATTRIBUTE_CANNOT_BE_CHANGED = _code(
    _B + "enquiry-attribute-cannot-be-changed", 422, "{0} is {1} and cannot become {2}; send a new enquiry instead"
)
ENQUIRY_ENDED = _code(_B + "enquiry-has-ended", 422, "the enquiry was {0} at {1} and can no longer be changed")
ENQUIRY_ANSWERED = _code(
    _B + "enquiry-is-answered", 422, "{0}: the enquiry {1} already has its response; change it with PUT"
)
ENQUIRY_NOT_ANSWERED = _code(
    _B + "enquiry-is-not-answered", 422, "{0}: the enquiry {1} has no response yet; send one with POST"
)

# --- customers' authorizations --------------------------------------------------------------------------------------
AUTHORIZATION_GIVER = _code(_B + "authorization-giver-error", 403, "{0}: {1} may not act for the customer {2} now")
AUTHORIZATION_RECEIVER_ROLE = _code(
    _B + "authorization-receiver-role-error", 422, "{0} is {1}, but authorizations are given to {2}"
)
AUTHORIZATION_RECEIVER = _code(
    _B + "authorization-receiver-does-not-hold-role", 422, "{0}: {1} does not hold the role {2} for {3} now"
)
AUTHORIZATION_PURPOSE = _code(
    _B + "authorization-purpose-error", 422, "{0} is {1}, but the role {2} is given access for {3}"
)
AUTHORIZATION_PERIOD_FIXED = _code(
    _B + "authorization-period-is-fixed", 422, "{0} cannot be chosen for the role {1}: it is {2}"
)
AUTHORIZATION_TOO_EARLY = _code(
    _B + "authorization-period-too-early", 422, "{0} is {1}, but may be {2} at the earliest: {3}"
)
AUTHORIZATION_TOO_LATE = _code(
    _B + "authorization-period-too-late", 422, "{0} is {1}, but may be {2} at the latest: {3}"
)
AUTHORIZATION_POINT = _code(
    _B + "authorization-metering-point-error", 422, "{0}: the customer {2} has no metering point {1}"
)
AUTHORIZATION_WITHOUT_GRID = _code(
    _B + "authorization-without-grid-agreement", 422, "{0}: the customer {1} has no GRID agreement in force at {2} now"
)
AUTHORIZATION_NOTHING_LEFT = _code(
    _B + "authorization-outside-grid-agreement",
    422,
    "{0}: the customer has {3} {4}, and the time from {1} up to {2} is outside that",
)
AUTHORIZATION_CANNOT_BE_FOUND = _code(
    _B + "authorization-cannot-be-found", 404, "{0}: the customer {2} has given no authorization {1}"
)
AUTHORIZATION_REVOKED = _code(_B + "authorization-is-revoked", 422, "the authorization {0} was revoked at {1}")
AUTHORIZATION_ENDED = _code(
    _B + "authorization-has-ended", 422, "the authorization {0} ended at {1} and cannot be revoked"
)
