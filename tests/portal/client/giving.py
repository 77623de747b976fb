"""Customers who give companies access: the steps as a browser takes them, one after another."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from datahub.access.models import CustomerAuthorization
from datahub.market import Commodity, PartyType, Role
from datahub.parties.models import MarketRole, Party
from tests import cast
from tests.portal.client.readings import browser_of
from tests.portal.people import Browser

LIST = "/portal/authorizations"
NEW = f"{LIST}/new"
ADVICE, SECOND_ADVICE = "38X-DEMO-ESP---2", "38X-DEMO-ESP2--R"
ADVISER, SUPPLIER, AGGREGATOR = Role.ENERGY_SERVICE_PROVIDER, Role.OPEN_SUPPLIER, Role.AGGREGATOR
# Names beside an offer's: what an energy service company is given access for, for how long, of which time.
TERMS = {"purpose": "ENERGY_MANAGEMENT", "lasting": "1Y", "seen": "all"}
BOTH_ENERGIES = (Commodity.ELECTRICITY, Commodity.NATURAL_GAS)


def adviser(
    eic: str = ADVICE, *, name: str = "Energianõu OÜ", commodities: tuple[Commodity, ...] = BOTH_ENERGIES
) -> Party:
    """Give an energy service company, of both kinds of energy unless told otherwise."""
    found, is_new = Party.objects.get_or_create(eic=eic, defaults={"type": PartyType.MARKET_PARTICIPANT, "name": name})
    if is_new:
        MarketRole.objects.bulk_create(
            MarketRole(participant=found, role=ADVISER, commodity=commodity, valid_from=cast.BEGINNING)
            for commodity in commodities
        )
    return found


def supplier(*more: Commodity) -> Party:
    """Give a supplier of electricity, and of more if asked."""
    party = cast.participant(cast.OPEN_SUPPLIER)
    for commodity in more:
        MarketRole.objects.get_or_create(
            participant=party, role=SUPPLIER, commodity=commodity, defaults={"valid_from": cast.BEGINNING}
        )
    return party


def end_role(party: Party, at: Any) -> None:
    """Let every role of a company have ended."""
    MarketRole.objects.filter(participant=party).update(valid_to=at)


@dataclass
class Wizard:
    """A customer on her way through the steps; `base` is the address of her draft."""

    browser: Browser
    base: str = ""

    def kind(self, role: str = ADVISER) -> Any:
        """Choose a kind of company, the first time or again."""
        answer = self.browser.send(f"{self.base}kind" if self.base else NEW, {"role": role})
        if not self.base and answer.status_code == 302:
            self.base = answer["Location"].rpartition("/")[0] + "/"
        return answer

    def companies(self, *eics: str) -> Any:
        """Choose companies."""
        return self.browser.send(f"{self.base}companies", {"receivers": list(eics)})

    def places(self, *eics: str, **more: str) -> Any:
        """Choose places."""
        return self.browser.send(f"{self.base}places", {"points": list(eics), **more})

    def terms(self, **changed: str) -> Any:
        """Choose for what, how long and of which time."""
        return self.browser.send(f"{self.base}terms", TERMS | changed)

    def page(self, step: str) -> Any:
        """Open a step."""
        return self.browser.get(f"{self.base}{step}")

    def form(self, step: str) -> Any:
        """Give what stands in the form of a step."""
        return {bound.name: bound.value() for bound in self.page(step).context["form"]}

    def summary(self) -> str:
        """Give the sentence of the last step."""
        return sentence(self.page("summary"))

    def confirm(self, **more: str) -> Any:
        """Read the last step and agree."""
        page = self.page("summary")
        if page.status_code != 200:
            return page
        return self.browser.send(f"{self.base}summary", filled(page) | more)


def filled(page: Any) -> dict[str, str]:
    """Give what the last step's form carries without being filled in."""
    return {"chosen": page.context["form"]["chosen"].value()}


def sentence(page: Any) -> str:
    """Give the sentence that says what is given."""
    found = re.search(r'id="summary">(.*?)</p>', page.content.decode(), re.DOTALL)
    assert found is not None, page.status_code
    return unescape(found[1]).replace("\u00a0", " ")


def at_summary(
    *points: str,
    to: tuple[str, ...] = (ADVICE,),
    role: str = ADVISER,
    browser: Browser | None = None,
    **terms: str,
) -> Wizard:
    """Give a customer who has chosen everything and has only to agree: of Mari, unless another browser is given."""
    wizard = Wizard(browser or browser_of())
    wizard.kind(role)
    wizard.companies(*to)
    answer = wizard.places(*points)
    if role == ADVISER:
        answer = wizard.terms(**terms)
    assert answer["Location"] == f"{wizard.base}summary", answer.status_code
    return wizard


def given() -> list[CustomerAuthorization]:
    """Give all that was given, in the order of companies and places."""
    rows = CustomerAuthorization.objects.select_related("point", "participant", "customer")
    return list(rows.order_by("given_at", "participant__eic", "point__eic"))


def said(page: Any) -> str:
    """Give what a page says to its reader at its top, and in its forms."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))).replace("\u00a0", " ")
