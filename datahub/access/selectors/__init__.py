"""Who may see what now. Source: `1-market.md`, "Who may see what".

A ground is OWNERSHIP, AGREEMENT, BALANCE_STATE or PERMISSION; a point's GRID customer sees it on the ground AGREEMENT.
Each function takes the reader (a participant in a role and commodity) and the moment. The number of queries is the same
for any number of points.
"""

from datahub.access.selectors.authorizations import (
    given_authorizations,
    held_authorizations,
    permissions_at,
    permissions_of_customers,
)
from datahub.access.selectors.customers import (
    at_own_point,
    grid_customers_visible,
    naming_now,
    points_of_customer,
    serves_customer,
)
from datahub.access.selectors.grounds import (
    NEVER,
    as_customer_in,
    deleted_through_portfolio,
    holdings,
    is_quiet,
    own_agreements,
    portfolio_members,
    served_agreements,
    through_portfolio,
)
from datahub.access.selectors.points import (
    ManyPoints,
    grounds_for,
    visible_codes,
    visible_points,
    visible_points_of_many,
)
from datahub.access.selectors.readings import Readable, reading_periods

__all__ = [
    "NEVER",
    "ManyPoints",
    "Readable",
    "as_customer_in",
    "at_own_point",
    "deleted_through_portfolio",
    "given_authorizations",
    "grid_customers_visible",
    "grounds_for",
    "held_authorizations",
    "holdings",
    "is_quiet",
    "naming_now",
    "own_agreements",
    "permissions_at",
    "permissions_of_customers",
    "points_of_customer",
    "portfolio_members",
    "reading_periods",
    "served_agreements",
    "serves_customer",
    "through_portfolio",
    "visible_codes",
    "visible_points",
    "visible_points_of_many",
]
