"""What customers have given access to, and who read what of them."""

from datahub.access.models.access_log import ACCESS_LOG, AccessLog
from datahub.access.models.authorization import CustomerAuthorization

__all__ = ["ACCESS_LOG", "AccessLog", "CustomerAuthorization"]
