"""A grid operator scans requests to disconnect customers and to connect them again, and plans the work.

    HUB_URL=http://127.0.0.1:8000 HUB_PARTICIPANT=38X-EIN-GO-----0 HUB_CLIENT_ID=38X-EIN-GO-----0-demo \\
    HUB_CLIENT_SECRET=demo-01-not-a-secret python3 docs/examples/operator_connections.py --since 2026-11-01T00:00:00Z

Each request is planned for the day that the supplier prefers, or the first working day behind it; one that the supplier
changed afterwards is planned anew. What was cancelled is said, so that nobody drives out for nothing. How far it has
read stands in a file (--place), so that it goes on there; should it be stopped halfway, what it had not finished comes
again.
"""

import argparse
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub import Hub, Place, Refused, Unreachable, changes

SATURDAY = 5
TALLINN = ZoneInfo("Europe/Tallinn")
TERMINATED = "opp.error.business.connection-state-process-terminated"


def working_day(preferred, today):
    """Give the first working day from the preferred one on; a past one counts as today. Holidays are not known here."""
    day = max(preferred, today)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def plan(hub, request, day):
    """Answer that the work is planned for a day: the first answer, or a new plan in place of the former."""
    plan = {"responseConnectionState": "PLANNED", "estimatedDate": day.isoformat()}
    if "connectionStateResponseId" not in request:
        ids = {"connectionStateRequestId": request["connectionStateRequestId"]}
        hub.call("POST", "/connection-state/response", {**ids, "connectionStateResponse": plan})
    else:
        ids = {"connectionStateResponseId": request["connectionStateResponseId"]}
        hub.call("PUT", "/connection-state/response", {**ids, "connectionStateResponseChange": plan})


def work(hub, request, today):
    """Plan a request unless it is planned for that day already; give what was done, in words."""
    if request["requestedConnectionState"] == "CANCELLED":
        return "cancelled by the supplier"
    if request.get("responseConnectionState") in ("CONNECTED", "DISCONNECTED", "REFUSED"):
        return f"stays {request['responseConnectionState']}"
    day = working_day(date.fromisoformat(request["preferredDate"]), today)
    if request.get("estimatedDate") == day.isoformat():
        return f"stays planned for {day}"
    try:
        plan(hub, request, day)
    except Refused as refusal:
        if refusal.code == TERMINATED:
            # Cancelled since the list was read; that comes as a change of its own.
            return "cancelled meanwhile"
        raise
    return f"planned for {day}"


def main():
    """Plan what has been asked since the last time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--since", help="where to begin the first time, at most 31 days back; else a day ago")
    parser.add_argument("--place", default="connections.place", help="the file that remembers how far was read")
    arguments = parser.parse_args()
    hub = Hub.from_environment("GRID_OPERATOR")
    now = datetime.now(UTC)
    place = Place(arguments.place, start=arguments.since or (now - timedelta(days=1)).isoformat())
    try:
        for request in changes(hub, "connection-state", place):
            done = work(hub, request, now.astimezone(TALLINN).date())
            what = f"{request['requestedConnectionState']} {request['meterEic']}"
            print(f"{request['connectionStateRequestId']} {what}: {done}", flush=True)
    except Refused as refusal:
        raise SystemExit(f"the hub refused: {refusal}") from refusal
    except Unreachable as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
