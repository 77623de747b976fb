"""What tests of every part of the house ask for."""

import pytest
from django.test import Client

from tests.staff import sign_in


@pytest.fixture
def staff() -> Client:
    """Give a member of staff who may do everything, signed in to the admin."""
    from datahub.parties.models import User  # Django's settings are read only after this module.

    return sign_in(Client(), User.objects.create_superuser("staff", password="a-long-passphrase"))
