"""What the description shows: messages that the demo market takes as they stand, each about an enquiry of its own."""

_TO_CHANGE = "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e001"
_TO_ANSWER = "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e002"
_ANSWERED = "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e003"

REQUEST = {
    "directMessageRequest": {
        "meterEic": "38ZGO-10000003-O",
        "customerEic": "38X-AVP-ILS600CI",
        "topic": "INVOICE",
        "reference": {"referenceType": "INVOICE", "referenceValue": "2026-0118"},
        "requestStatus": "OPEN",
        "requestComment": "The customer says that the last month was billed twice.",
    }
}
REQUEST_ID = "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e000"
CHANGE = {
    "messageRequestId": _TO_CHANGE,
    "directMessageRequestChange": {"requestComment": "The customer says that the last two months were billed twice."},
}
CHANGED = {
    "messageRequestId": _TO_CHANGE,
    "timestamp": "2026-05-04T10:02:17.031882Z",
    "senderEic": "38X-EIN-OS-----J",
    "receiverEic": "38X-EIN-GO-----0",
    "meterEic": "38ZGO-10000003-O",
    "customerEic": "38X-AVP-ILS600CI",
    "topic": "INVOICE",
    "reference": {"referenceType": "INVOICE", "referenceValue": "2026-0117"},
    "requestStatus": "OPEN",
    "requestComment": "The customer says that the last two months were billed twice.",
}
ANSWER = {
    "messageRequestId": _TO_ANSWER,
    "directMessageResponse": {"requestStatus": "CLOSE", "responseComment": "The readings were sent again."},
}
RESPONSE_ID = "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e102"
ANSWER_CHANGE = {
    "messageRequestId": _ANSWERED,
    "messageResponseId": "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e103",
    "directMessageResponseChange": {"requestStatus": "CLOSE", "responseComment": "The meter was replaced."},
}
ANSWERED = {
    "messageRequestId": _ANSWERED,
    "messageResponseId": "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e103",
    "timestamp": "2026-05-13T07:45:01.000214Z",
    "senderEic": "38X-EIN-OS-----J",
    "receiverEic": "38X-EIN-GO-----0",
    "meterEic": "38ZGO-10000001-U",
    "customerEic": "38X-AVP-ZW6700C6",
    "topic": "DATA",
    "requestStatus": "CLOSE",
    "requestComment": "There have been no readings since Monday.",
    "responseComment": "The meter was replaced.",
}
SEARCH = {
    "directMessageAttributes": {"topic": "DATA", "requestStatus": "CLOSE"},
    "pagination": {"page": 0, "pageSize": 100},
}
FOUND = {"directMessages": [ANSWERED], "pagination": {"page": 0, "totalPages": 1}}
SCAN = {"updatePeriodStart": "2031-05-31T21:00:00.000214Z"}
