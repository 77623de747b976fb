"""What the command line takes. A secret is never among it: other users of the machine can read command lines."""

import argparse
from datetime import datetime
from typing import Any, get_args

from datahub_client.codec import read_instant
from datahub_client.types import CommodityType, MarketParticipantRole, ResourceType
from datahub_client.version import __version__

Given = argparse.Namespace

_ABOUT = """\
The electricity and gas market's data hub from the command line.

Who you are stands in the environment: DATAHUB_URL, DATAHUB_CLIENT_ID, DATAHUB_CLIENT_SECRET or
DATAHUB_CLIENT_SECRET_FILE, DATAHUB_PARTICIPANT, DATAHUB_ROLE, DATAHUB_COMMODITY (else ELECTRICITY). All but the secret
may be given as options too.
"""
_EXITS = """\
It ends with 0 if all went well; 1 if the hub refused; 2 if the command line or the settings are wrong; 3 if the hub
does not answer; 4 if a scan needs a decision (see --on-lost, --on-gap); 5 if the position is in use or cannot be read;
6 if a file cannot be read or written; 141 if the reader of the output went away; 130 and 143 if SIGINT or SIGTERM came
before the end, 0 under --follow, which has none.
"""


def parser() -> argparse.ArgumentParser:
    """Give the parser of all commands."""
    raw = argparse.RawDescriptionHelpFormatter
    # Without abbreviations, so that nobody's secret is taken for the file of a --client-secret.
    top = argparse.ArgumentParser(
        "datahub-client", description=_ABOUT, epilog=_EXITS, formatter_class=raw, allow_abbrev=False
    )
    top.add_argument("--version", action="version", version=f"datahub-client {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="command")
    common = _common()

    def add(name: str, said: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=said, description=said, allow_abbrev=False)

    _scan(add("scan", "print the messages of a type behind a position, one JSON line each, and remember the position"))
    _changes(add("changes", "print what the other side said in enquiries or connection requests, and remember where"))
    _call(add("call", "send a message to any service and print the answer"))
    _send_readings(add("send-readings", "send a file of readings and print its document's identification"))
    status = add("readings-status", "print how far a document of readings is")
    status.add_argument("document", help="its identification")
    _wait(status)
    add("token", "fetch a token and say that it came; it is not printed")
    look = add("status", "print whether the hub is up, whether it knows us, and how far positions have come")
    look.add_argument("--position", action="append", default=[], metavar="FILE", help="a position's file; repeatable")
    return top


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    who = common.add_argument_group("who you are")
    who.add_argument("--url", help="the hub's address (DATAHUB_URL)")
    who.add_argument("--client-id", help="the technical user (DATAHUB_CLIENT_ID)")
    who.add_argument("--client-secret-file", metavar="FILE", help="the file of its secret (DATAHUB_CLIENT_SECRET_FILE)")
    who.add_argument("--participant", metavar="EIC", help="for whom (DATAHUB_PARTICIPANT)")
    who.add_argument(
        "--role", choices=get_args(MarketParticipantRole), metavar="ROLE", help="in which role (DATAHUB_ROLE)"
    )
    who.add_argument("--commodity", choices=get_args(CommodityType), help="DATAHUB_COMMODITY, else ELECTRICITY")
    who.add_argument("--purpose", help="DATAHUB_PURPOSE")
    who.add_argument("--realm", help="DATAHUB_REALM, else estfeed")
    who.add_argument("--token-url", help="where tokens come from, if not from the hub (DATAHUB_TOKEN_URL)")
    who.add_argument(
        "--allow-http",
        action="store_true",
        help="in a closed network: the secret may go unencrypted (DATAHUB_ALLOW_HTTP)",
    )
    how = common.add_argument_group("how")
    how.add_argument("--patience", type=_seconds, metavar="SECONDS", help="how long a message is tried, else 600")
    how.add_argument("--verbose", action="store_true", help="say each request on the error output")
    return common


def _scan(parser: argparse.ArgumentParser) -> None:
    types = get_args(ResourceType)
    parser.add_argument("resource_type", type=str.upper, choices=types, metavar="TYPE", help=", ".join(types))
    start = _following(parser)
    start.add_argument("--from-id", type=_number, metavar="ID", help="where to begin the first time: with this id")
    parser.add_argument("--raw", action="store_true", help="contents as they came, as text in JSON")
    parser.add_argument(
        "--on-lost",
        choices=["raise", "give"],
        default="raise",
        help="a content that the hub has lost: end with 4, or print the message without it",
    )
    parser.add_argument(
        "--content-patience",
        type=_seconds,
        metavar="SECONDS",
        help="how long a content that cannot be read now is waited for, else 600; for ever with --follow",
    )


def _changes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=["enquiries", "connection-requests"])
    _following(parser)


def _following(parser: argparse.ArgumentParser) -> Any:
    """Add the options of all scans; give the group of those that say where to begin."""
    parser.add_argument("--position", metavar="FILE", help="remembers where it was; else one named after what it scans")
    parser.add_argument("--follow", action="store_true", help="go on for ever, waiting for news")
    parser.add_argument("--every", type=_seconds, default=5.0, metavar="SECONDS", help="how often to look, else 5")
    parser.add_argument("--limit", type=_number, metavar="N", help="end after so many")
    parser.add_argument(
        "--save-every",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="save the position that often, which is faster; after a crash what came since comes again. Else for each",
    )
    parser.add_argument(
        "--on-gap",
        choices=["raise", "skip"],
        default="raise",
        help="the hub no longer shows all that came behind the position: end with 4, or go on with what there is",
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--from-time", type=_instant, metavar="TIME", help="where to begin the first time: 2026-05-04T10:00:00Z"
    )
    start.add_argument("--from-now", action="store_true", help="begin, the first time, with what comes from now on")
    return start


def _call(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", help="its path behind /api/v1, like /meter/search")
    parser.add_argument("body", help="a file with a JSON object, - for the standard input; the context is added")
    parser.add_argument("--method", type=str.upper, choices=["POST", "PUT"], default="POST")
    _identification(parser)


def _send_readings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help='JSON: {"meterData": […]} or the list alone; - for the standard input')
    _identification(parser)
    _wait(parser)


def _identification(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--identification", metavar="UUID", help="the message's own: sent again with the same one, it is saved once"
    )


def _wait(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait", type=_seconds, metavar="SECONDS", help="wait until it is worked on; ends with 1 if it is rejected"
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError("give seconds")
    return seconds


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number from 1 on")
    return number


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError:
        raise argparse.ArgumentTypeError("give a time with its offset, like 2026-05-04T10:00:00Z") from None
