"""What tests of every part of the house ask for."""

from collections.abc import Generator

import pytest
from django.test import Client, TransactionTestCase

from tests.staff import sign_in


@pytest.fixture(scope="session", autouse=True)
def _emptied_quickly() -> Generator[None]:
    """Let the tables be emptied in our way after a test that commits."""

    def empty(_: TransactionTestCase) -> None:
        from tests import tables  # Django's settings are read only after this module.

        tables.empty()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape halves of signs in what a test has logged: its report cannot leave the process with them."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture
def staff() -> Client:
    """Give a member of staff who may do everything, signed in to the admin."""
    from datahub.parties.models import User  # Django's settings are read only after this module.

    return sign_in(Client(), User.objects.create_superuser("staff", password="a-long-passphrase"))
