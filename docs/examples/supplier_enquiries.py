"""A supplier asks an operator about a customer's grid service, scans for answers and prints them.

    HUB_URL=http://127.0.0.1:8000 HUB_PARTICIPANT=38X-EIN-OS-----J HUB_CLIENT_ID=38X-EIN-OS-----J-demo \\
    HUB_CLIENT_SECRET=demo-03-not-a-secret python3 docs/examples/supplier_enquiries.py \\
      --point 38ZGO-10000003-O --customer 38X-AVP-ILS600CI --topic INVOICE --invoice 2026-118 \\
      --comment "The customer says that June was billed twice" --wait 600

Without --point it asks nothing and prints the answers that have come since the last time, the first time those of a
day. How far it has read stands in a file (--place), so that it goes on there and misses none.
"""

import argparse
import time
from datetime import UTC, datetime, timedelta

from hub import Hub, Place, Refused, Unreachable, changes

SCAN_SECONDS = 2
STATES = {"OPEN": "open", "CLOSE": "closed", "CANCEL": "cancelled"}


def ask(hub, arguments):
    """Send an enquiry; give its id."""
    request = {
        "meterEic": arguments.point,
        "customerEic": arguments.customer,
        "topic": arguments.topic,
        "requestStatus": "OPEN",
    }
    if arguments.comment:
        request["requestComment"] = arguments.comment
    if arguments.invoice:
        request["reference"] = {"referenceType": "INVOICE", "referenceValue": arguments.invoice}
    if arguments.operator:
        # Else the hub sends it to the operator that gives out codes like the point's.
        request["receiverEic"] = arguments.operator
    return hub.call("POST", "/direct-messages", {"directMessageRequest": request})


def show(answer):
    """Print an answer in a line."""
    state = STATES[answer["requestStatus"]]
    text = answer.get("responseComment", "")
    print(f"{answer['timestamp']} {answer['messageRequestId']} {answer['meterEic']} {state}: {text}", flush=True)


def read_answers(hub, place, awaited, until):
    """Print answers as they come, until the awaited enquiry has its last one or the time is up; tell whether it has."""
    while True:
        for answer in changes(hub, "direct-messages", place):
            show(answer)
            if answer["messageRequestId"] == awaited and answer["requestStatus"] == "CLOSE":
                awaited = None
        if awaited is None or time.monotonic() > until:
            return awaited is None
        time.sleep(SCAN_SECONDS)


def main():
    """Ask, if there is something to ask, and print answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--point", help="the metering point's code")
    parser.add_argument("--customer", help="the customer's code")
    parser.add_argument("--topic", choices=["DATA", "INVOICE"], default="DATA")
    parser.add_argument("--comment", help="what is asked")
    parser.add_argument("--invoice", help="the number of the invoice that it is about")
    parser.add_argument("--operator", help="the code of the operator that is asked")
    parser.add_argument("--wait", type=float, default=0, help="seconds to wait for the final answer")
    parser.add_argument("--place", default="enquiries.place", help="the file that remembers how far was read")
    arguments = parser.parse_args()
    if arguments.point and not arguments.customer:
        parser.error("--point needs --customer")
    hub = Hub.from_environment("OPEN_SUPPLIER")
    place = Place(arguments.place, start=(datetime.now(UTC) - timedelta(days=1)).isoformat())
    try:
        enquiry = ask(hub, arguments) if arguments.point else None
        if enquiry:
            print(f"asked {enquiry}", flush=True)
        if not read_answers(hub, place, enquiry, time.monotonic() + arguments.wait):
            raise SystemExit(f"no final answer to {enquiry} yet; run this again without --point to go on reading")
    except Refused as refusal:
        raise SystemExit(f"the hub refused: {refusal}") from refusal
    except Unreachable as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
