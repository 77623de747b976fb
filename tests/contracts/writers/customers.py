"""Customers: registered, given a point that they have on the general service from today on, changed."""

from datetime import date, datetime, timedelta
from typing import Any

from stdnum.ee import ik

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.product import Product
from tests.contracts.promises import Promises
from tests.contracts.saving import refused, save


def person(number: int) -> dict[str, Any]:
    """Describe a person of a number: born on some day of the last century, the 4 digits of a day's births."""
    births, day = number % 999, date(1950, 1, 1) + timedelta(days=number // 999)
    body = f"4{day:%y%m%d}{births + 1:03d}"
    return {
        "customerType": "PHYSICAL_PERSON",
        "customerMetadata": [
            {"metadataType": "FIRST_NAME", "metadataValue": "Liisa"},
            {"metadataType": "LAST_NAME", "metadataValue": "Lepp"},
        ],
        "customerIdentities": [
            {
                "identityType": "PERSONAL_ID",
                "identityValue": body + ik.calc_check_digit(body + "0"),
                "identityExtension": [{"extensionType": "COUNTRY", "extensionValue": "EE"}],
            }
        ],
    }


class CustomerWriter:
    """The grid operator's customers: the named supplier is told of their phones."""

    def __init__(self, product: Product, promises: Promises, number: int) -> None:
        self.grid = Client.of(product.url, cast.NORTH_GRID, "GRID_OPERATOR")
        self.stranger = Client.of(product.url, cast.STRANGER, "OPEN_SUPPLIER")
        self.promises, self.number = promises, number
        self.rounds = 0

    def round(self) -> None:
        """Register one customer with a point, change its phone some times."""
        number = self.number * 10_000 + self.rounds
        self.rounds += 1
        customer, code = person(number), forms.point_code(number)
        answer = save(self.grid, "POST", "/customer", customer=customer)
        self.promises.save((), kind="customers")
        identities = answer.json()["customer"]["customerIdentities"]
        (eic,) = (one["identityValue"] for one in identities if one["identityType"] == "EIC")
        self._give_point(eic, code)
        for count in range(1, 4):
            phone = f"+372{count}{number:07d}"
            save(self.grid, "PUT", "/customer", customer=forms.customer_change(eic, phone))
            self.promises.save((cast.NAMED,), ("CUSTOMER_DATA", "CREATE", eic, phone), kind="customers")
        refused(self.grid, "POST", "/customer", "already-exists", customer=customer)
        word = f"+3729{number:07d}"
        self.promises.refusal(word)
        change = forms.customer_change(eic, word)
        refused(self.stranger, "PUT", "/customer", "resolve-error", customer=change)

    def _give_point(self, eic: str, code: str) -> None:
        """Register a point with the customer's grid agreement from today on; the hub makes its general service."""
        save(self.grid, "POST", "/meter", meterMetadata=forms.point(code, "0"))
        self.promises.save((), ("METERING_POINT", "CREATE", code, "0"))
        today = cast.local_midnight(datetime.now(cast.TALLINN).date())
        grid = forms.agreement("GRID", cast.NORTH_GRID, eic, today, code=code, own_id="grid")
        save(self.grid, "POST", "/agreement", agreement=grid)
        self.promises.save((cast.BALANCE,), ("AGREEMENT", "CREATE", f"GRID {code}", "grid"), kind="agreements")
        made = ("AGREEMENT", "CREATE_BC_GRID_CREATE", f"GENERAL_SERVICE {code}", "")
        self.promises.save((cast.NAMED, cast.NORTH_GRID, cast.BALANCE), made, saves=0)
