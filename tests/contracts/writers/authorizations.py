"""A customer who gives an adviser access to her places on the pages, and ends it."""

from collections.abc import Iterator
from datetime import date, timedelta

from tests.contracts import market as cast
from tests.contracts.client import Client
from tests.contracts.people import Person, hidden
from tests.contracts.product import Product
from tests.contracts.promises import Promises
from tests.contracts.readings import iso

PURPOSES = ("ENERGY_MANAGEMENT", "ENERGY_EFFICIENCY", "FLEXIBILITY", "CARBON_ACCOUNTING", "RESEARCH")
LIST = "/portal/authorizations"
# What is given: the point, for what, from when on its readings may be seen.
Given = tuple[str, str, str]


class AuthorizationWriter:
    """Mari, who gives what no other of her authorizations gives."""

    POINTS = (cast.HOUSE_OF_MARI, cast.FLAT_OF_MARI)

    def __init__(self, product: Product, promises: Promises) -> None:
        self.mari = Person(product.url, "mari")
        self.adviser = Client.of(product.url, cast.ADVICE, "ENERGY_SERVICE_PROVIDER")
        self.adviser.is_patient = True
        self.promises = promises
        self.given: list[Given] = []
        self.ended: list[Given] = []
        self._left = self._terms(product.made_on - timedelta(days=350))

    @staticmethod
    def _terms(first: date) -> Iterator[tuple[str, date]]:
        for number in range(330):
            for purpose in PURPOSES:
                yield purpose, first + timedelta(days=number)

    def round(self) -> None:
        """Give access to both places, end it at one of them."""
        if (terms := next(self._left, None)) is None:
            return
        purpose, first = terms
        base = self._draft(purpose, first)
        self._confirm(base)
        seen_from = iso(cast.local_midnight(first))
        for point in self.POINTS:
            self.given.append((point, purpose, seen_from))
            told = ("PERMISSION", "CREATE", f"{point} {purpose}", seen_from)
            self.promises.save((cast.ADVICE,), told, kind="authorizations")
        self._end(self.given[-1])

    def _draft(self, purpose: str, first: date) -> str:
        """Choose everything; give the address of the draft. What was not answered is chosen again."""
        steps = (
            ("companies", {"receivers": [cast.ADVICE]}),
            ("places", {"points": list(self.POINTS)}),
            ("terms", self._chosen(purpose, first)),
        )
        while True:
            self.mari.get(LIST)
            begun = self.mari.send(f"{LIST}/new", {"role": "ENERGY_SERVICE_PROVIDER"})
            if begun is None or begun.status_code != 302:
                continue
            base = begun.headers["location"].rpartition("/")[0] + "/"
            for step, fields in steps:
                while (answer := self.mari.send(base + step, fields)) is None:
                    self.mari.get(base + step)
                if answer.status_code != 302:
                    raise AssertionError(f"{step}: {answer.status_code} {answer.text[:2000]}")
                if not answer.headers["location"].startswith(base):
                    break
            else:
                return base

    @staticmethod
    def _chosen(purpose: str, first: date) -> dict[str, str]:
        last = first + timedelta(days=400)
        days = {"seen_first": first.isoformat(), "seen_last": last.isoformat()}
        return {"purpose": purpose, "lasting": "1Y", "seen": "own", **days}

    def _confirm(self, base: str) -> None:
        """Agree; whoever is not answered looks whether it was done."""
        while True:
            page = self.mari.get(f"{base}summary")
            if page.status_code == 302:
                assert page.headers["location"] == f"{base}done", page.headers["location"]
                return
            self.mari.send(f"{base}summary", {"chosen": hidden(page, "chosen")})

    def _end(self, given: Given) -> None:
        """End one; whoever is not answered looks whether it was done."""
        while True:
            (found,) = [one for one in self.found() if key(one) == given]
            if "revokedAt" in found:
                break
            path = f"{LIST}/{found['authorizationId']}/end"
            page = self.mari.get(path)
            if page.status_code == 200:
                self.mari.send(path, {"places": found["authorizationId"]})
        self.ended.append(given)
        self.promises.save((), kind="authorizations")

    def found(self) -> list[dict[str, str]]:
        """Give all that the adviser was ever given by the customer."""
        found: list[dict[str, str]] = []
        asked = {"periodStart": "2000-01-01T00:00Z", "customerEic": [cast.CAST["customers"][0]["eic"]]}
        page, pages = 0, 1
        while page < pages:
            answer = self.adviser.read(
                "/customer-authorization", **asked, pagination={"page": page, "pageSize": 500}
            ).json()
            found += answer["customerAuthorizations"]
            page, pages = page + 1, answer["pagination"]["totalPages"]
        return found

    def check(self) -> None:
        """Raise AssertionError unless each that was given stands once, and those that were ended have ended."""
        found = [one for one in self.found() if key(one) in set(self.given)]
        assert sorted(map(key, found)) == sorted(self.given)
        assert sorted(key(one) for one in found if "revokedAt" in one) == sorted(self.ended)


def key(one: dict[str, str]) -> Given:
    """Name what an authorization gives."""
    return one["meterEic"], one["purpose"], one["subjectPeriodStart"]
