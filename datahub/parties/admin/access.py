"""The admin of people and systems that act for parties."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache

from datahub import market
from datahub.errors import DomainError
from datahub.market import Commodity, PartyType, Role
from datahub.parties import rules
from datahub.parties.admin.forms import RepresentationForm
from datahub.parties.admin.saving import RefusableForm, SavedByServices, add_faults, messages_of
from datahub.parties.models import Party, Representation, TechnicalUser, User, UserGrant
from datahub.parties.services import representations, technical_users
from datahub.staff_lists import BoundedList, KeptHistory, NoDelete, looks_back


class UserGrantForm(forms.ModelForm):
    """One thing that a person may do for a participant."""

    class Meta:
        model = UserGrant
        fields = ["participant", "role", "commodity", "permission"]

    def clean(self) -> dict[str, Any]:
        """Refuse a role that the participant or the commodity cannot have, and what another gave meanwhile."""
        given = super().clean() or {}
        if all(given.get(name) for name in ("participant", "role", "commodity")):
            faults = rules.role_faults(
                PartyType(given["participant"].type), Role(given["role"]), Commodity(given["commodity"]), "grant"
            )
            add_faults(self, faults)
        # The formset compares the rows of its page alone.
        same = {name: given.get(name) for name in ("participant", "role", "commodity", "permission")}
        if UserGrant.objects.filter(user=self.instance.user_id, **same).exclude(pk=self.instance.pk).exists():
            self.add_error("permission", "The person has this permission already.")
        return given


class UserGrantInline(admin.TabularInline):
    model = UserGrant
    form = UserGrantForm
    autocomplete_fields = ["participant"]
    extra = 0


STAFF_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


@admin.register(User)
class UserAdmin(SavedByServices, NoDelete, BoundedList, KeptHistory, DjangoUserAdmin):
    """People are made inactive, never deleted: the logs name them.

    Who may change users makes nobody staff and touches no member of staff: that is for superusers, else anyone who
    registers users could rise to one.
    """

    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_superuser"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["username__startswith"]
    search_help_text = "The beginning of a user name"
    ordering = ["username"]
    autocomplete_fields = ["party"]
    fieldsets = [*(DjangoUserAdmin.fieldsets or []), ("As a customer", {"fields": ["party"]})]
    inlines = [UserGrantInline]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let superusers alone change members of staff."""
        if obj is not None and obj.is_staff and not _is_superuser(request):
            return False
        return bool(super().has_change_permission(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let superusers alone say who is staff, and what those may."""
        fields = super().get_readonly_fields(request, obj)
        return fields if _is_superuser(request) else [*fields, *STAFF_FIELDS]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Leave the password out of what a person was: no former one is kept, and its hash is shown to nobody."""
        fieldsets = super().get_fieldsets(request, obj)
        if not looks_back(request):
            return fieldsets
        return [
            (title, {**shown, "fields": [name for name in shown["fields"] if name != "password"]})
            for title, shown in fieldsets
        ]


class PermissionsField(forms.TypedMultipleChoiceField):
    """The permissions of a technical user, to be ticked."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=market.choices(market.Permission),
            coerce=market.Permission,
            widget=forms.CheckboxSelectMultiple,
            **options,
        )


class TechnicalUserForm(RefusableForm):
    """A technical user that stands: what it may do and from where."""

    permissions = PermissionsField()
    allowed_networks = SimpleArrayField(
        forms.CharField(max_length=50),
        required=False,
        delimiter=",",
        help_text="IP networks from which it may come, with commas between: 192.0.2.0/24; empty: from anywhere",
    )

    class Meta:
        model = TechnicalUser
        fields = ["permissions", "allowed_networks", "is_active"]

    def clean_allowed_networks(self) -> list[str]:
        """Refuse what is no network."""
        networks = [network.strip() for network in self.cleaned_data["allowed_networks"]]
        if faults := rules.network_faults(networks, "network"):
            raise ValidationError(messages_of(faults))
        return networks


class NewTechnicalUserForm(TechnicalUserForm):
    """A new technical user; the service that registers it says what is wrong."""

    fault_fields = {"allowedNetworks": "allowed_networks"}
    suffix = forms.CharField(max_length=40, help_text="The id will be the participant's EIC, a dash and this.")

    class Meta:
        model = TechnicalUser
        fields = ["participant", "permissions", "allowed_networks"]


class RotationForm(forms.Form):
    overlap_hours = forms.IntegerField(
        min_value=0, max_value=24 * 30, initial=24, help_text="Hours for which the former secret stays valid"
    )


@admin.register(TechnicalUser)
class TechnicalUserAdmin(SavedByServices, NoDelete, BoundedList, KeptHistory):
    """A secret is shown once, in the answer to the request that made it, and kept nowhere else."""

    form = TechnicalUserForm
    list_display = ["client_id", "participant", "permissions", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["participant"]
    search_fields = ["client_id__startswith"]
    search_help_text = "The beginning of a client's id, which begins with its participant's code"
    autocomplete_fields = ["participant"]
    readonly_fields = ["client_id", "created_at"]
    change_form_template = "admin/parties/technicaluser/change_form.html"

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for participant and suffix of a new one."""
        if obj is None:
            kwargs["form"] = NewTechnicalUserForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: TechnicalUser | None = None) -> Any:
        """Show the id of one that stands."""
        if obj is None:
            return ["participant", "suffix", "permissions", "allowed_networks"]
        return ["client_id", "permissions", "allowed_networks", "is_active", "created_at"]

    def save_model(self, request: HttpRequest, obj: TechnicalUser, form: Any, change: bool) -> None:
        """Register a new one by the service, which makes its secret."""
        if change:
            super().save_model(request, obj, form, change)
            return
        made, secret = technical_users.register_technical_user(
            participant=obj.participant,
            suffix=form.cleaned_data["suffix"],
            permissions=form.cleaned_data["permissions"],
            allowed_networks=form.cleaned_data["allowed_networks"],
            now=timezone.now(),
        )
        obj.pk, obj.client_id, obj.created_at = made.pk, made.client_id, made.created_at
        obj._state.adding = False
        request.new_secret = secret  # type: ignore[attr-defined]  # from here to response_add, and no further

    def response_add(
        self, request: HttpRequest, obj: TechnicalUser, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret, once."""
        return self._show(request, obj, request.new_secret)  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        """Add the page that changes the secret."""
        rotate = self.admin_site.admin_view(never_cache(self.rotate_secret))
        own = path("<int:pk>/rotate-secret/", rotate, name="parties_technicaluser_rotate_secret")
        return [own, *super().get_urls()]

    def rotate_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once, then make a new secret and show it."""
        technical_user = TechnicalUser.objects.filter(pk=pk).first()
        if technical_user is None:
            raise Http404
        if not self.has_change_permission(request, technical_user):
            raise PermissionDenied
        form = RotationForm(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            return self._page(request, technical_user, "rotate_secret", {"form": form})
        overlap = timedelta(hours=form.cleaned_data["overlap_hours"])
        try:
            secret = technical_users.rotate_secret(technical_user=technical_user, now=timezone.now(), overlap=overlap)
        except DomainError as error:
            for message in messages_of(error.faults):
                form.add_error(None, message)
            return self._page(request, technical_user, "rotate_secret", {"form": form})
        self.log_change(request, technical_user, "Changed the secret.")
        return self._show(request, technical_user, secret)

    def _show(self, request: HttpRequest, technical_user: TechnicalUser, secret: str) -> HttpResponse:
        # The admin's views say no-store, so that the browser's memory does not show it again.
        return self._page(request, technical_user, "new_secret", {"secret": secret})

    def _page(
        self, request: HttpRequest, technical_user: TechnicalUser, name: str, shown: dict[str, Any]
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": technical_user,
            "title": str(technical_user),
            **shown,
        }
        return TemplateResponse(request, f"admin/parties/technicaluser/{name}.html", context)


@admin.register(Representation)
class RepresentationAdmin(SavedByServices, NoDelete, BoundedList, KeptHistory):
    form = RepresentationForm
    list_display = ["person", "customer", "valid_from", "valid_to"]
    list_select_related = ["person", "customer"]
    search_fields = ["customer__eic"]
    search_help_text = "The whole code of a customer, or the whole user name of a person"
    autocomplete_fields = ["person", "customer"]
    ordering = ["-id"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep the person and the customer of one that stands."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*dict.fromkeys(["person", "customer", *fields])]

    def save_model(self, request: HttpRequest, obj: Representation, form: Any, change: bool) -> None:
        """Save by the services."""
        period: Any = {"valid_from": obj.valid_from, "valid_to": obj.valid_to}
        if change:
            representations.change_representation(representation=obj, **period)
            return
        obj.pk = representations.give_representation(person=obj.person, customer=obj.customer, **period).pk
        obj._state.adding = False

    def find(self, request: HttpRequest, queryset: QuerySet[Representation], term: str) -> QuerySet[Representation]:
        """Search by the customer or by the person: looking for both at once would read all."""
        if customer := Party.objects.filter(eic=term).first():
            return queryset.filter(customer=customer)
        return queryset.filter(person__in=list(User.objects.filter(username=term).values_list("pk", flat=True)))
