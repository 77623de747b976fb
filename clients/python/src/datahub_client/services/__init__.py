"""The services of the API, grouped as the market speaks of them."""

from datahub_client.services.agreements import Agreements
from datahub_client.services.authorizations import AuthorizationFilter, Authorizations
from datahub_client.services.base import Caller, ContextChange, Options, Page
from datahub_client.services.bills import NetworkBills
from datahub_client.services.connection_requests import ConnectionRequests
from datahub_client.services.customers import Customers
from datahub_client.services.distribution import Distribution, ScanPage
from datahub_client.services.enquiries import Enquiries
from datahub_client.services.exchanges import Changes
from datahub_client.services.metering_points import MeteringPoints
from datahub_client.services.readings import Readings

__all__ = [
    "Agreements",
    "AuthorizationFilter",
    "Authorizations",
    "Caller",
    "Changes",
    "ConnectionRequests",
    "ContextChange",
    "Customers",
    "Distribution",
    "Enquiries",
    "MeteringPoints",
    "NetworkBills",
    "Options",
    "Page",
    "Readings",
    "ScanPage",
]
