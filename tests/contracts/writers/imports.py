"""A grid operator's clerk who changes metering points by workbooks, whole or not at all."""

import io
import re
import time

import openpyxl

from tests.contracts import forms
from tests.contracts import market as cast
from tests.contracts.people import Person
from tests.contracts.product import Product
from tests.contracts.promises import Promises
from tests.contracts.saving import again
from tests.contracts.writers.points import MarketWriter

LIST = "/operator/jobs/"
UPLOAD = "/operator/metering-points/import"
POINTS = 4
_JOB_SECONDS = 300


class ImportWriter:
    """Changes the comments of some points again and again."""

    def __init__(self, product: Product, promises: Promises, number: int) -> None:
        role = f"operator:{cast.NORTH_GRID}:GRID_OPERATOR:ELECTRICITY"
        self.clerk = Person(product.url, "grid", act_as=role)
        self.promises, self.number = promises, number
        self.codes = [forms.point_code(number * 10_000 + n) for n in range(POINTS)]
        self.before = MarketWriter(product, promises, number, points=0, changes=0)
        self.rounds = self.given_up = 0

    def prepare(self) -> None:
        """Register the points that are changed."""
        for code in self.codes:
            self.before.register(code)

    def round(self) -> None:
        """Change all points by one workbook, then by one with a fault, of which nothing is saved."""
        self.rounds += 1
        comment = f"import {self.number}.{self.rounds}"
        if not self._import(comment, self.codes, "Done"):
            # Its worker died each time it was tried: nothing of it is saved, and nothing of it may be told.
            self.given_up += 1
            self.promises.refusal(comment)
            return
        for code in self.codes:
            self.promises.save((cast.SUN, cast.BALANCE), ("METERING_POINT", "UPDATE", code, comment), kind="imports")
        word = f"refused {comment}"
        self.promises.refusal(word)
        self._import(word, [*self.codes[1:], forms.point_code(1) + "X"], "Failed, not saved")

    def _import(self, comment: str, codes: list[str], state: str) -> bool:
        """Give a workbook and wait for its end; false if it was given up. AssertionError unless it ends in a state."""
        name = f"{comment.replace(' ', '-')}.xlsx"
        path = self._submitted(name, self._workbook(comment, codes))
        end = time.monotonic() + _JOB_SECONDS
        while True:
            page = self.clerk.get(path).text
            found = re.search(r'class="[^"]*status-(?:good|bad)[^"]*">\s*([^<]*?)\s*<', page)
            if found is not None:
                if found[1] == "Failed":
                    return False
                assert found[1] == state, f"{name}: {found[1]}, not {state}"
                return True
            assert time.monotonic() < end, f"{name} was not worked on: {page[:3000]}"
            time.sleep(0.2)

    def _submitted(self, name: str, workbook: bytes) -> str:
        """Give a workbook, again where it did not arrive; give the page of its job."""
        while True:
            self.clerk.get(UPLOAD)
            answer = self.clerk.send(UPLOAD, {}, files={"file": (name, workbook)})
            if answer is not None and answer.headers.get("location", "").startswith(LIST):
                return str(answer.headers["location"])
            # Whoever was not answered looks among what was given before.
            listed = self.clerk.get(LIST).text
            found = re.search(rf'href="({LIST}[0-9a-f-]{{36}})"(?:(?!href=).)*{re.escape(name)}', listed, re.DOTALL)
            if found is not None:
                return found[1]
            again.add()
            time.sleep(0.2)

    @staticmethod
    def _workbook(comment: str, codes: list[str]) -> bytes:
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["EIC code", "Comment"])
        for code in codes:
            sheet.append([code, comment])
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()
