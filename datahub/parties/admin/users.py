"""The admin of people who sign in: what they may do for participants, and their second factor if they are staff."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as StaffRight
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from datahub.errors import DomainError
from datahub.market import Commodity, Permission, Role
from datahub.parties import rules
from datahub.parties.admin.saving import (
    RefusableForm,
    SavedByServices,
    ServedForm,
    ServedFormSet,
    ServedInline,
    messages_of,
)
from datahub.parties.models import User, UserGrant
from datahub.parties.services import second_factor, users
from datahub.staff import acts
from datahub.staff.lists import BoundedList, KeptHistory, NoDelete, ReadOnly
from datahub.staff.looks import Look, Of, ShowsCustomers

# The secrets of second factors stand in no form.
for _device in (TOTPDevice, StaticDevice):
    if admin.site.is_registered(_device):
        admin.site.unregister(_device)


_ACTS = {
    "add": _("may add"),
    "change": _("may change"),
    "delete": _("may delete"),
    "view": _("may view"),
}


class StaffRightsField(forms.ModelMultipleChoiceField):
    """What staff may do in the admin, in words: the database has them in English."""

    def label_from_instance(self, obj: Any) -> str:
        """Name the model and the act."""
        act = _ACTS.get(obj.codename.partition("_")[0]) or gettext(obj.name)
        return f"{capfirst(obj.content_type.name)} | {act}"


class RightsInWords(admin.ModelAdmin):
    """A ModelAdmin of what staff may do in the admin."""

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Show the rights in the reader's language."""
        if db_field.related_model is StaffRight:
            kwargs["form_class"] = StaffRightsField
            kwargs["queryset"] = _rights_that_open(self.admin_site).select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


def _rights_that_open(site: admin.AdminSite) -> "QuerySet[StaffRight]":
    """Give the rights with which something can be done that cannot be done without."""
    models = ContentType.objects.get_for_models(*site._registry, for_concrete_models=False)
    opening = Q()
    for model, page in site._registry.items():
        kept_back = {f"{act}_{model._meta.model_name}" for act in _ACTS.keys() - _acts_of(page)}
        opening |= Q(content_type=models[model]) & ~Q(codename__in=kept_back)
    return StaffRight.objects.filter(opening)


def _acts_of(page: admin.ModelAdmin) -> set[str]:
    if isinstance(page, GroupAdmin):
        return {"view"}
    if isinstance(page, ReadOnly):
        # To repair is to change.
        return {"view", "change"} if page.actions else {"view"}
    return set(_ACTS) - {"delete"} if isinstance(page, NoDelete) else set(_ACTS)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BoundedList, RightsInWords, DjangoGroupAdmin):
    """Groups of staff. What they may do superusers say, else whoever may change groups could rise to one."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let superusers alone make groups."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let superusers alone change groups."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let superusers alone delete groups."""
        return _is_superuser(request)


class UserGrantForm(ServedForm):
    """One thing that a person may do for a participant."""

    class Meta:
        model = UserGrant
        fields = ["participant", "role", "commodity", "permission"]


class UserGrantFormSet(ServedFormSet):
    """What a person may do for participants."""

    by: User | None = None

    def add(self, row: UserGrant) -> None:
        """Give the permission."""
        row.pk = users.grant(user=self.instance, now=timezone.now(), **self._said(row)).pk

    def take_back(self, row: UserGrant) -> None:
        """Take the permission back: the one that stands there, whatever was sent of it."""
        stands = UserGrant.objects.select_related("participant").filter(pk=row.pk).first() or row
        users.withdraw(user=self.instance, now=timezone.now(), **self._said(stands))

    def _said(self, row: UserGrant) -> dict[str, Any]:
        return {
            "participant": row.participant,
            "role": Role(row.role),
            "commodity": Commodity(row.commodity),
            "permission": Permission(row.permission),
            "by": self.by,
        }


class UserGrantInline(ServedInline):
    """Once given, a permission is taken back, not changed."""

    model = UserGrant
    form = UserGrantForm
    formset = UserGrantFormSet
    autocomplete_fields = ["participant"]
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the rows who saves them."""
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.by = request.user
        return formset

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show those that were given as text."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[UserGrant]:
        """Read the participants, which are shown, with the rows."""
        found: QuerySet[UserGrant] = super().get_queryset(request).select_related("participant")
        return found


_SETS = ("groups", "user_permissions")
STAFF_FIELDS = ("is_staff", "is_superuser", *_SETS)
# What nobody takes from herself: it would be the last click of the last superuser.
_OWN = ("is_active", "is_staff", "is_superuser")


class UserForm(RefusableForm, UserChangeForm):
    """A person; the name by which the OpenID provider knows her has its form.

    Each field says what it held when the page was opened, so that what was changed elsewhere meanwhile stays. `by` is
    who saves.
    """

    by: User | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "password"

    def _save_m2m(self) -> None:
        for name in _SETS:
            if name in self.changed_data:
                getattr(self.instance, name).set(self.cleaned_data[name])

    def clean(self) -> dict[str, Any]:
        """Let nobody shut herself out."""
        given = super().clean()
        if self.by is not None and self.instance.pk == self.by.pk:
            for name in _OWN:
                if name in self.changed_data and not given.get(name):
                    self.add_error(name, _("You cannot take this away from yourself. Ask another superuser."))
        return given

    def clean_subject(self) -> str | None:
        """Refuse what is no such name."""
        subject = str(self.cleaned_data["subject"] or "").strip()
        if subject and (faults := rules.subject_faults(subject, "subject")):
            raise ValidationError(messages_of(faults))
        return subject or None


@admin.register(User)
class UserAdmin(ShowsCustomers, SavedByServices, NoDelete, BoundedList, KeptHistory, RightsInWords, DjangoUserAdmin):
    """People are made inactive, never deleted: the logs name them.

    Who may change users makes nobody staff and touches no member of staff: that is for superusers, else anyone who
    registers users could rise to one.
    """

    form = UserForm
    list_display = ["username", "first_name", "last_name", "is_active", "is_staff", "is_superuser"]
    list_filter = ["is_staff", "is_active"]
    search_fields = ["username__startswith"]
    search_help_text = _("The beginning of a user name, or the whole name the OpenID provider uses for a person")
    ordering = ["username"]
    autocomplete_fields = ["party"]
    fieldsets = [
        *(DjangoUserAdmin.fieldsets or []),
        (_("Signing in without a password"), {"fields": ["subject"]}),
        (_("As a customer"), {"fields": ["party"]}),
    ]
    inlines = [UserGrantInline]
    change_form_template = "admin/parties/user/change_form.html"

    def looks_in_list(self, row: User) -> Iterable[Look]:
        """Name the customer that a person is herself."""
        return [] if row.party is None else [Look(Of.CUSTOMERS, customer_eic=row.party.eic)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Read with a person the customer that she is."""
        found: QuerySet[User] = super().get_queryset(request)
        return found.select_related("party")

    def find(self, request: HttpRequest, queryset: Any, term: str) -> Any:
        """Search by the name of the OpenID provider if somebody has it, else by the beginning of a user name."""
        if known := list(User.objects.filter(subject=term).values_list("pk", flat=True)):
            return queryset.filter(pk__in=known)
        return super().find(request, queryset, term)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Let superusers alone change members of staff."""
        if obj is not None and obj.is_staff and not _is_superuser(request):
            return False
        return bool(super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Save of a person who stands what was changed on the page, and no more."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        stands = User.objects.select_for_update().get(pk=obj.pk)
        for name in form.changed_data:
            if name not in _SETS:
                setattr(stands, name, form.cleaned_data[name])
        if "is_active" in form.changed_data and not stands.is_active:
            stands.sessions_ended_at = timezone.now()
        stands.save()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Tell the form who saves."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let superusers alone say who is staff, and what those may; nobody changes what signing in notes."""
        fields = [*super().get_readonly_fields(request, obj), "last_login", "date_joined"]
        return fields if _is_superuser(request) else [*fields, *STAFF_FIELDS]

    @transaction.atomic
    def user_change_password(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change a password together with its entry in the log."""
        page: HttpResponse = super().user_change_password(*args, **kwargs)
        return page

    def get_urls(self) -> list[URLPattern]:
        """Add the page that resets a second factor."""
        reset = self.admin_site.admin_view(self.reset_second_factor)
        return [path("<int:pk>/second-factor/", reset, name="parties_user_second_factor"), *super().get_urls()]

    def may_reset(self, request: HttpRequest, colleague: User) -> bool:
        """Let those reset who have the right: a colleague's, not their own; a superuser's only as a superuser."""
        if request.user.pk == colleague.pk or (colleague.is_superuser and not _is_superuser(request)):
            return False
        return request.user.has_perm("parties.reset_second_factor")

    def reset_second_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once, then take a colleague's device away, so that she sets up a new one when she signs in next."""
        colleague = User.objects.filter(pk=pk).first()
        if colleague is None:
            raise Http404
        if not self.may_reset(request, colleague):
            raise PermissionDenied
        back = reverse("admin:parties_user_change", args=[pk])
        if request.method != "POST":
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": colleague,
                "title": gettext("Reset the second factor of %(name)s?") % {"name": colleague},
            }
            return TemplateResponse(request, "admin/parties/user/reset_second_factor.html", context)
        try:
            with transaction.atomic():
                second_factor.reset(user=colleague)
                self.log_change(request, colleague, acts.SECOND_FACTOR_RESET)
        except DomainError:
            self.message_user(request, gettext("There is no second factor to reset."), "warning")
        else:
            self.message_user(request, gettext("The second factor is reset; the next sign-in sets up a new one."))
        may_look = self.has_view_permission(request, colleague)
        return HttpResponseRedirect(back if may_look else reverse("admin:index"))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say whether the second factor can be reset from here."""
        obj = kwargs.get("obj")
        can = obj is not None and self.may_reset(request, obj) and second_factor.has_second_factor(obj)
        return super().render_change_form(request, {**context, "can_reset": can}, *args, **kwargs)
