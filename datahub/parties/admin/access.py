"""The admin of people and systems that act for parties."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from datahub import market
from datahub.errors import DomainError
from datahub.parties.admin.forms import RepresentationForm
from datahub.parties.admin.saving import RefusableForm, SavedByServices, messages_of
from datahub.parties.models import Party, Representation, TechnicalUser, User
from datahub.parties.rules import MAX_OVERLAP
from datahub.parties.services import representations, technical_users
from datahub.staff import acts
from datahub.staff.lists import BoundedList, KeptHistory, NoDelete
from datahub.staff.looks import Look, Of, ShowsCustomers
from portal.words.labels import label, labelled


class PermissionsField(forms.TypedMultipleChoiceField):
    """The permissions of a technical user, to be ticked."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=lambda: labelled(market.Permission),
            coerce=market.Permission,
            widget=forms.CheckboxSelectMultiple,
            **options,
        )


class TechnicalUserForm(RefusableForm):
    """What a technical user may do and from where; the services say what is wrong.

    What was changed is told by what the form was opened with: somebody else may have saved the rest meanwhile.
    """

    fault_fields = {"allowedNetworks": "allowed_networks", "isActive": "is_active"}
    permissions = PermissionsField(label=_("Permissions"), show_hidden_initial=True)
    allowed_networks = SimpleArrayField(
        forms.CharField(),
        label=_("Allowed networks"),
        required=False,
        show_hidden_initial=True,
        delimiter=",",
        help_text=_(
            "IP networks that it may connect from, separated by commas, such as 192.0.2.0/24; empty means anywhere"
        ),
    )

    class Meta:
        model = TechnicalUser
        fields = ["permissions", "allowed_networks", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_active" in self.fields:
            self.fields["is_active"].show_hidden_initial = True

    def clean_allowed_networks(self) -> list[str]:
        """Take the spaces between networks away."""
        return [network.strip() for network in self.cleaned_data["allowed_networks"]]


class NewTechnicalUserForm(TechnicalUserForm):
    """A new technical user."""

    suffix = forms.CharField(
        label=_("Last part of the client ID"),
        max_length=40,
        help_text=_("The client ID will be the participant's EIC code, a dash and this."),
    )

    class Meta:
        model = TechnicalUser
        fields = ["participant", "permissions", "allowed_networks"]


_HOUR = timedelta(hours=1)
_OPEN_AGAIN = _("Reload the page.")


class RotationForm(forms.Form):
    overlap_hours = forms.IntegerField(
        min_value=0,
        max_value=MAX_OVERLAP // _HOUR,
        initial=technical_users.OVERLAP // _HOUR,
        label=_("For how many hours should the present secret stay valid?"),
    )
    # When the newest secret was made as the page was opened: a page that is sent twice makes one new secret.
    seen = forms.DateTimeField(
        widget=forms.HiddenInput, error_messages={"required": _OPEN_AGAIN, "invalid": _OPEN_AGAIN}
    )


@admin.register(TechnicalUser)
class TechnicalUserAdmin(ShowsCustomers, SavedByServices, NoDelete, BoundedList, KeptHistory):
    """A secret is shown once, in the answer to the request that made it, and kept nowhere else.

    One that was removed is looked at alone.
    """

    form = TechnicalUserForm
    list_display = ["client_id", "participant", "may_do", "is_active", "removed_at"]
    list_filter = ["is_active"]
    list_select_related = ["participant"]
    search_fields = ["client_id__startswith"]
    search_help_text = _("The beginning of a client ID, which starts with its participant's code")
    autocomplete_fields = ["participant"]
    readonly_fields = ["client_id", "created_at", "removed_at"]
    change_form_template = "admin/parties/technicaluser/change_form.html"

    @admin.display(description=_("permissions"))
    def may_do(self, technical_user: TechnicalUser) -> str:
        """Say what it may do."""
        return ", ".join(label(permission, market.Permission) for permission in technical_user.permissions)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for participant and suffix of a new one."""
        if obj is None:
            kwargs["form"] = NewTechnicalUserForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: TechnicalUser | None = None) -> Any:
        """Show the id of one that stands."""
        if obj is None:
            return ["participant", "suffix", "permissions", "allowed_networks"]
        return ["client_id", "permissions", "allowed_networks", "is_active", "created_at", "removed_at"]

    def has_change_permission(self, request: HttpRequest, obj: TechnicalUser | None = None) -> bool:
        """Let nobody change one that was removed."""
        is_gone = obj is not None and obj.removed_at is not None
        return not is_gone and bool(super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: TechnicalUser, form: Any, change: bool) -> None:
        """Save by the services: of one that stands what was changed in the form, and no more."""
        if change:
            self._save_changes(obj, form)
            return
        made, secret = technical_users.register_technical_user(
            participant=obj.participant,
            suffix=form.cleaned_data["suffix"],
            permissions=form.cleaned_data["permissions"],
            allowed_networks=form.cleaned_data["allowed_networks"],
            by=None,
            now=timezone.now(),
        )
        obj.pk, obj.client_id, obj.created_at = made.pk, made.client_id, made.created_at
        obj._state.adding = False
        request.new_secret = secret  # type: ignore[attr-defined]  # from here to response_add, and no further

    def _save_changes(self, technical_user: TechnicalUser, form: Any) -> None:
        given: dict[str, Any] = {name: form.cleaned_data[name] for name in form.changed_data}
        who: dict[str, Any] = {"technical_user": technical_user, "by": None, "now": timezone.now()}
        if "is_active" in given:
            technical_users.set_active(is_active=given.pop("is_active"), **who)
        if given:
            technical_users.change_technical_user(**given, **who)

    def response_add(
        self, request: HttpRequest, obj: TechnicalUser, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret, once."""
        return self._show(request, obj, request.new_secret)  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that change the secret and that remove."""
        rotate = self.admin_site.admin_view(never_cache(self.rotate_secret))
        remove = self.admin_site.admin_view(self.remove)
        return [
            path("<int:pk>/rotate-secret/", rotate, name="parties_technicaluser_rotate_secret"),
            path("<int:pk>/remove/", remove, name="parties_technicaluser_remove"),
            *super().get_urls(),
        ]

    def rotate_secret(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once, then make a new secret and show it."""
        technical_user = self._changeable(request, pk)
        newest = technical_users.newest_secret_at(technical_user) or technical_user.created_at
        form = RotationForm(request.POST or None, initial={"seen": newest.isoformat()})
        asked = {"form": form, "title": _("New secret"), "subtitle": str(technical_user)}
        if request.method != "POST" or not form.is_valid():
            return self._page(request, technical_user, "rotate_secret", asked)
        overlap = form.cleaned_data["overlap_hours"] * _HOUR
        try:
            with transaction.atomic():
                secret = technical_users.rotate_secret(
                    technical_user=technical_user,
                    by=None,
                    now=timezone.now(),
                    overlap=overlap,
                    seen=form.cleaned_data["seen"],
                )
                self.log_change(request, technical_user, acts.SECRET_CHANGED)
        except DomainError as error:
            for message in messages_of(error.faults):
                form.add_error(None, message)
            return self._page(request, technical_user, "rotate_secret", asked)
        return self._show(request, technical_user, secret)

    def remove(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once, then remove it for good."""
        technical_user = self._changeable(request, pk)
        if request.method != "POST":
            title = gettext("Remove %(name)s?") % {"name": technical_user}
            return self._page(request, technical_user, "remove", {"title": title})
        try:
            with transaction.atomic():
                technical_users.remove_technical_user(technical_user=technical_user, by=None, now=timezone.now())
                self.log_change(request, technical_user, acts.TECHNICAL_USER_REMOVED)
        except DomainError:
            # Somebody else removed it since it was looked up.
            raise Http404 from None
        self.message_user(request, gettext("%(name)s was removed.") % {"name": technical_user})
        return HttpResponseRedirect(reverse("admin:parties_technicaluser_changelist"))

    def _changeable(self, request: HttpRequest, pk: int) -> TechnicalUser:
        technical_user = TechnicalUser.objects.filter(pk=pk).first()
        if technical_user is None:
            raise Http404
        if not self.has_change_permission(request, technical_user):
            raise PermissionDenied
        return technical_user

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
class RepresentationAdmin(ShowsCustomers, SavedByServices, NoDelete, BoundedList, KeptHistory):
    form = RepresentationForm
    list_display = ["person", "customer", "valid_from", "valid_to"]
    list_select_related = ["person", "customer"]
    search_fields = ["customer__eic"]
    search_help_text = _("The whole code of a customer, or the whole user name of a person")
    autocomplete_fields = ["person", "customer"]
    ordering = ["-id"]

    def looks_in_list(self, row: Representation) -> Iterable[Look]:
        """Name the customer who is represented."""
        return [Look(Of.CUSTOMERS, customer_eic=row.customer.eic)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Representation]:
        """Read the person and the customer with the row."""
        return super().get_queryset(request).select_related("person", "customer")

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
