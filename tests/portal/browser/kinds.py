"""The kinds of users that the pages know: who walks as each of them.

The cast of the demo market has people of the kinds of SOME and OTHERS; in the roles of LET_ACT, which none of them has,
one more of its customers is let act.
"""

from tests.contracts.product import Product

# Who walks: a name of the cast; which of her roles, by its place or a part of its key; where she begins.
Walker = tuple[str, int | str, str]
# Nobody, a customer, an operator of electricity and of gas, a supplier, who may only look at a little, an aggregator.
SOME: list[Walker] = [
    ("", 0, "/"),
    ("mari", 0, "/role"),
    ("grid", 0, "/operator/"),
    ("grid", 1, "/operator/"),
    ("supplier", 0, "/operator/"),
    ("viewer", 0, "/operator/"),
    ("all", "AGGREGATOR", "/operator/"),
]
# A company's representative, customers whose authorization is over and who have given none, a supplier of gas.
OTHERS: list[Walker] = [
    ("bakery", "customer", "/role"),
    ("jaan", "customer", "/role"),
    ("kadri", "customer", "/role"),
    ("all", "OPEN_SUPPLIER:NATURAL_GAS", "/operator/"),
]
CUSTOMERS: list[Walker] = [SOME[1], *OTHERS[:3]]
# In a role, and for whom; who does not hold it is given it.
LET_ACT = {
    "ENERGY_SERVICE_PROVIDER:ELECTRICITY": "38X-DEMO-ESP---2",
    "CLOSED_DISTRIBUTION_NETWORK:ELECTRICITY": "38X-DEMO-GO2---G",
    "LINE_OPERATOR:ELECTRICITY": "38X-DEMO-OUT---B",
    "PRODUCER_OPERATOR:NATURAL_GAS": "38X-DEMO-OUT---B",
    "CHARGING_POINT_OPERATOR:ELECTRICITY": "38X-DEMO-OUT---B",
    "STORAGE_OPERATOR:ELECTRICITY": "38X-DEMO-OUT---B",
    "GAS_STATION_OPERATOR:NATURAL_GAS": "38X-DEMO-OUT---B",
}
EVERYBODY_ELSE: list[Walker] = [("jaan", key, "/operator/") for key in LET_ACT]
_LET_ACT = f"""
from django.utils import timezone
from datahub.market import Commodity, Permission, Role
from datahub.parties.models import MarketRole, Party, User
from datahub.parties.services import roles, users

now = timezone.now()
for key, eic in {LET_ACT!r}.items():
    role, commodity = key.split(":")
    held = {{"participant": Party.objects.get(eic=eic), "role": Role(role), "commodity": Commodity(commodity)}}
    if not MarketRole.objects.filter(**held).exists():
        roles.give_role(**held, valid_from=now)
    jaan = User.objects.get(username="jaan")
    users.grant(user=jaan, **held, permission=Permission.ADMIN, by=None, now=timezone.now())
"""


def let_act(hub: Product) -> None:
    """Let somebody of the cast act in each of the roles that nobody else of it has."""
    hub.run("manage.py", "shell", "--no-imports", stdin=_LET_ACT)
