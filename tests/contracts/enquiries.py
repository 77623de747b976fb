"""Bodies of enquiries as participants send them."""

from typing import Any

from tests.contracts import market as cast

# An enquiry that nobody has sent.
UNKNOWN = "5b0c7d1e-4a52-4f6b-8a37-1c9f2d60efff"


def request(comment: str) -> dict[str, Any]:
    """Describe an enquiry about Jaan's house."""
    return {
        "meterEic": cast.HOUSE_OF_JAAN,
        "customerEic": cast.JAAN,
        "topic": "DATA",
        "requestStatus": "OPEN",
        "requestComment": comment,
    }


def some_save(method: str, path: str) -> dict[str, Any]:
    """Give a body that is right in its shape for a save of `/direct-messages…`, about an enquiry that is not there."""
    match method, path.endswith("/response"):
        case "POST", False:
            # No operator's codes begin like this one's.
            return {"directMessageRequest": {**request("?"), "meterEic": cast.BAKERY_FLEXIBLE}}
        case "PUT", False:
            return {"messageRequestId": UNKNOWN, "directMessageRequestChange": {"requestComment": "?"}}
        case "POST", True:
            return {"messageRequestId": UNKNOWN, "directMessageResponse": {"requestStatus": "OPEN"}}
    return {"messageRequestId": UNKNOWN, "directMessageResponseChange": {"requestStatus": "OPEN"}}
