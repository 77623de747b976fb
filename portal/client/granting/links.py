"""Links by which a company sends its customer here, and the way back. Source: `5-web.md`, "Grant by link".

The customer is led back only over https, to exactly a host that is registered for the company, without a port or
credentials. An address that browsers and we might read differently is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_plus, urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from datahub.access.rules import PURPOSES
from datahub.market import Commodity, Role
from datahub.parties.models import MarketRole, Party, RedirectHost
from portal.pages import CUT

# Of printable ASCII alone; a backslash is a slash to browsers.
_ADDRESS = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]+)(?P<path>/[^\s\\?#]*)?(\?(?P<query>[^\s\\#]*))?(#(?P<fragment>[^\s\\]*))?",
    re.ASCII,
)
_LONGEST_ADDRESS, _LONGEST_STATE = 2_000, 2_000
# As it is written in an address. Twice so long, when signing in is to lead back to it, still fits where addresses do.
_LONGEST_LINK = 8_000
_COMMODITIES: Mapping[str, Commodity] = {
    "electricity": Commodity.ELECTRICITY,
    "naturalgas": Commodity.NATURAL_GAS,
    "natural_gas": Commodity.NATURAL_GAS,
    "gas": Commodity.NATURAL_GAS,
}
# What stands for bytes that are no text.
_NOT_UTF_8 = "\ufffd"
_FLAGS: Mapping[str, bool] = {"": False, "false": False, "true": True}


# What the way back says besides the company's own query.
_SAID = frozenset({"result", "state"})


class Result(StrEnum):
    """What a customer did, as her company is told."""

    GRANTED = "granted"
    DECLINED = "declined"


class LinkRefused(Exception):
    """A link that cannot be followed; `parameter` is what is wrong in it, `why` says it to who made the link."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(f"{parameter}: {why}")
        self.parameter = parameter
        self.why = why


@dataclass(frozen=True, slots=True)
class Link:
    """A link that can be followed: whose it is, for what, and where it leads back."""

    participant: Party
    role: Role
    commodity: Commodity
    redirect_url: str
    state: str | None
    has_back_button: bool

    @property
    def host(self) -> str:
        """The host to which it leads back."""
        return _host_of(self.redirect_url)

    def kept(self) -> dict[str, Any]:
        """Give what a session keeps of it."""
        return {
            "participant": self.participant.eic,
            "role": self.role,
            "commodity": self.commodity,
            "redirect_url": self.redirect_url,
            "state": self.state,
            "has_back_button": self.has_back_button,
        }


def read_link(query: QueryDict, now: datetime) -> Link:
    """Read a link; LinkRefused where a parameter is missing or wrong, or would lead to another than the company."""
    if len(query.urlencode()) > _LONGEST_LINK or list(query) == [CUT]:
        text = _("the link is longer than %(most)s characters, in which signs other than letters and digits count more")
        longest = "state" if CUT in query else max(query, key=lambda name: len(query.get(name, "")))
        raise LinkRefused(longest, text % {"most": _LONGEST_LINK})
    participant = _participant(_only(query, "eicCode"))
    commodity = _COMMODITIES.get(_only(query, "energyType").lower())
    if commodity is None:
        raise LinkRefused("energyType", _("use electricity or naturalGas"))
    role = _role(participant, commodity, now)
    redirect_url = _only(query, "redirectUrl")
    _check_address(redirect_url, participant)
    state = _only(query, "state") if "state" in query else None
    if state is not None and _NOT_UTF_8 in state:
        # It would come back as something else, and the company would not know its own customer again.
        raise LinkRefused("state", _("write it in UTF-8"))
    if state is not None and len(state) > _LONGEST_STATE:
        raise LinkRefused("state", _("it has more than %(most)s characters") % {"most": _LONGEST_STATE})
    shows = (_only(query, "showBackButton") if "showBackButton" in query else "").lower()
    if shows not in _FLAGS:
        raise LinkRefused("showBackButton", _("use true or false"))
    return Link(participant, role, commodity, redirect_url, state, _FLAGS[shows])


def link_again(kept: Mapping[str, Any]) -> Link:
    """Give a link that was kept, if it may still lead back; LinkRefused if not.

    A company whose role has ended meanwhile is still told that nothing was given.
    """
    participant = _participant(kept["participant"])
    _check_address(kept["redirect_url"], participant)
    return Link(
        participant,
        Role(kept["role"]),
        Commodity(kept["commodity"]),
        kept["redirect_url"],
        kept["state"],
        kept["has_back_button"],
    )


def _only(query: QueryDict, name: str) -> str:
    """Give the one value of a parameter: of two, we and the company's program might take different ones."""
    values = query.getlist(name)
    if len(values) != 1:
        raise LinkRefused(name, _("give it exactly once"))
    return values[0]


def _participant(eic: str) -> Party:
    found = None if "\x00" in eic else Party.objects.filter(eic=eic).first()
    if found is None:
        raise LinkRefused("eicCode", _("no market participant has this code"))
    return found


def _role(participant: Party, commodity: Commodity, now: datetime) -> Role:
    """Give the role in which a company asks: a supplier's before others that it may hold too."""
    held = MarketRole.objects.filter(participant=participant, commodity=commodity).valid_at(now)
    roles = set(held.values_list("role", flat=True))
    for role in PURPOSES:
        if role in roles:
            return role
    raise LinkRefused("eicCode", _("this company is no supplier, aggregator or energy service company for it now"))


def _check_address(address: str, participant: Party) -> None:
    found = _ADDRESS.fullmatch(address)
    if found is None or not address.isprintable() or len(address) > _LONGEST_ADDRESS:
        raise LinkRefused("redirectUrl", _("give a full https address, without a port, a user name or a password"))
    # As it is registered: without capitals. A last dot, which DNS would pass over, is another host.
    if not RedirectHost.objects.filter(participant=participant, host=found["host"].lower()).exists():
        raise LinkRefused("redirectUrl", _("its host is not registered for this company"))


def _host_of(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    return found["host"].lower() if found else ""


def way_back(link: Link, result: Result) -> str:
    """Give the address to which the customer is led back: the company's own, with what she did and its own `state`."""
    found = _ADDRESS.fullmatch(link.redirect_url)
    if found is None:
        raise ValueError("a link is kept whose way back was never checked")
    said = {"result": str(result)} | ({} if link.state is None else {"state": link.state})
    # The company's own query stays as it wrote it; what stands there under our names would be taken for ours.
    parts = (found["query"] or "").split("&")
    own = [part for part in parts if part and unquote_plus(part.partition("=")[0]) not in _SAID]
    address = f"https://{found['host'].lower()}{found['path'] or '/'}?{'&'.join([*own, urlencode(said)])}"
    return address + (f"#{found['fragment']}" if found["fragment"] else "")
