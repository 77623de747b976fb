"""People and systems that act for parties. Source: `1-market.md`, "Market roles" (users, technical users)."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop as _
from simple_history.models import HistoricalRecords

from datahub import market
from datahub.parties.models.party import Party


class User(AbstractUser):
    """A person who signs in. `party` is herself as a customer, if she is one."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, blank=True, related_name="users")
    subject = models.CharField(
        max_length=255,
        null=True,
        blank=True,
        unique=True,
        help_text="The name by which the OpenID provider knows the person; in Estonia EE and the personal code",
    )
    # Sessions that were opened before are over for good, even if the person is let in again.
    sessions_ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["password", "last_login", "sessions_ended_at"])

    class Meta(AbstractUser.Meta):
        db_table = "parties_user"
        permissions = [("reset_second_factor", _("Can reset the second factor of a colleague"))]
        # For staff, who look for the few among all the customers that sign in.
        indexes = [
            models.Index(fields=["username"], name="parties_user_staff", condition=Q(is_staff=True)),
            models.Index(fields=["username"], name="parties_user_inactive", condition=Q(is_active=False)),
        ]

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save; signing in changes nothing that the history keeps, and stands in it as no change."""
        if update_fields is None or set(update_fields) != {"last_login"}:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        self.skip_history_when_saving = True
        try:
            super().save(*args, update_fields=update_fields, **kwargs)
        finally:
            del self.skip_history_when_saving

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        kept: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]  # the stubs leave it out
        if self.sessions_ended_at is None:
            return kept
        since = self.sessions_ended_at.astimezone(UTC).isoformat()
        return salted_hmac("datahub.parties.sessions_ended_at", kept + since, secret=secret).hexdigest()


class UserGrant(models.Model):
    """One thing that a person may do for a participant in one of its roles."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    participant = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="user_grants")
    role = models.CharField(max_length=30, choices=market.choices(market.Role))
    commodity = models.CharField(max_length=20, choices=market.choices(market.Commodity))
    permission = models.CharField(max_length=40, choices=market.choices(market.Permission))

    history = HistoricalRecords()

    class Meta:
        db_table = "parties_user_grant"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "participant", "role", "commodity", "permission"], name="parties_user_grant_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_permission_display()} · {self.get_role_display()} · {self.get_commodity_display()}"


class TypedName(models.Model):
    """How a participant named a person when it let her act for it; it knows no other name until she has done so.

    Else whoever types a personal code would be told whose it is.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="typed_names")
    participant = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    first_name = models.CharField(max_length=150)
    last_name = models.CharField(max_length=150)

    class Meta:
        db_table = "parties_typed_name"
        constraints = [
            models.UniqueConstraint(fields=["user", "participant"], name="parties_typed_name_once_per_participant")
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class TechnicalUser(models.Model):
    """A participant's own system at the API: an OAuth client whose id is `<participant EIC>-<suffix>`."""

    participant = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="technical_users")
    client_id = models.CharField(max_length=60, unique=True)
    permissions = ArrayField(models.CharField(max_length=40, choices=market.choices(market.Permission)))
    allowed_networks = ArrayField(
        models.CharField(max_length=50),
        default=list,
        blank=True,
        help_text="IP networks (192.0.2.0/24) from which it may come; empty: from anywhere",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Its row stays, so that what logs say of its id is never said of another's.
    removed_at = models.DateTimeField(null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        db_table = "parties_technical_user"
        ordering = ["client_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(is_active=False),
                name="parties_technical_user_removed_is_inactive",
            )
        ]

    def __str__(self) -> str:
        return self.client_id


class TechnicalUserSecret(models.Model):
    """A hashed secret. Two may be valid at once, so that a secret is changed without a pause."""

    technical_user = models.ForeignKey(TechnicalUser, on_delete=models.CASCADE, related_name="secrets")
    secret_hash = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "parties_technical_user_secret"
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gte=models.F("created_at")),
                name="parties_technical_user_secret_period",
            )
        ]

    def __str__(self) -> str:
        return f"secret of {self.technical_user_id}"
