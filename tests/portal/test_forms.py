"""What is wrong in a form: at its field, above it, and how often a label is said. Source: `5-web.md`."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.template.loader import render_to_string
from django.utils import translation

from datahub.errors import DomainError, codes, fault
from portal.forms import EicField, FilterForm, MomentField, PageForm, PageRenderer

WRONG = "38ZGO-1000001Z-O"


class Asking(PageForm):
    paths = {"meterEic": "point", "reason": "reason"}

    point = EicField(kind="Z", label="Metering point (EIC)")
    reason = forms.CharField(label="Reason")


class Choosing(forms.Form):
    one = forms.ChoiceField(
        choices=[("", "–"), ("Fruit", [("a", "<Apple>"), ("b&", 'The "b"')]), (3, "Three")],
        widget=forms.Select(attrs={"class": "form-select", "disabled": True, "required": False}),
    )
    many = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.SelectMultiple)


@pytest.mark.parametrize("chosen", [{}, {"one": "b&", "many": ["a", "b"]}, {"one": "3", "many": ["b"]}])
def test_a_choice_looks_as_djangos_own(chosen: dict[str, Any]) -> None:
    ours, theirs = (Choosing(chosen, renderer=renderer()) for renderer in (PageRenderer, DjangoTemplates))
    for name in ("one", "many"):
        shown = [re.sub(r"\s*\n\s*", "", str(form[name])) for form in (ours, theirs)]
        assert shown[0] == shown[1]


@pytest.mark.parametrize("language", ["et", "en"])
def test_a_label_is_said_once(language: str) -> None:
    with translation.override(language):
        form = Asking({"point": WRONG, "reason": "x"})
        assert not form.is_valid()
        (text,) = form.errors["point"]
        summary = render_to_string("portal/components/form_errors.html", {"form": form})
    assert WRONG in text and "Metering point" not in text
    assert re.sub(r"<[^>]+>", "", summary).count("Metering point (EIC)") == 1
    assert '<a href="#id_point">' in summary


def test_what_a_service_refuses_is_said_with_its_label_once() -> None:
    with translation.override("en"):
        form = Asking({"point": "38ZGO-10000001-U", "reason": "x"})
        assert form.is_valid()
        form.refuse(DomainError([fault(codes.MISSING, "reason"), fault(codes.NO_CHANGE_RECEIVED, "body")]))
        summary = render_to_string("portal/components/form_errors.html", {"form": form})
    assert form.errors["reason"] == ["“Reason” is missing."]
    assert '<a href="#id_reason">“Reason” is missing.</a>' in summary and summary.count("Reason") == 1


def test_faults_stand_at_their_fields_and_the_others_above() -> None:
    class Agreeing(PageForm):
        paths = {"agreement.validFrom": "start", "customerEic": "not in the form"}

        start = forms.CharField(label="Algus", required=False)

    told = [
        fault(codes.MISSING, "agreement.validFrom"),
        fault(codes.NO_CHANGE_RECEIVED, "x"),
        fault(codes.MISSING, "customerEic"),
    ]
    with translation.override("et"):
        form = Agreeing({})
        form.refuse(DomainError(told))
    assert form.errors == {
        "start": ["„Algus“ puudub."],
        "__all__": ["Midagi ei muudetud, seega ei salvestatud midagi.", "„Klient“ puudub."],
    }


def test_no_field_lets_a_browser_cut_what_is_pasted() -> None:
    class Numbered(PageForm):
        number = forms.CharField(max_length=3)
        text = forms.CharField(max_length=3, widget=forms.Textarea)

        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.fields["late"] = EicField(kind="Z")

    with translation.override("en"):
        form = Numbered({"number": "2026", "text": "2026", "late": "x" * 41})
        shown = "".join(field.as_field_group() for field in form)
    assert "maxlength" not in shown and 'value="2026"' in shown
    assert form.errors["number"] == ["Ensure this value has at most 3 characters (it has 4)."]
    assert list(form.errors) == ["number", "text", "late"]


def test_what_django_says_of_fields_is_polite_in_estonian_too() -> None:
    class Numbered(PageForm):
        few = forms.IntegerField(max_value=3)
        many = forms.IntegerField(min_value=3)
        even = forms.IntegerField(step_size=2)
        odd = forms.IntegerField(min_value=1, step_size=2)
        text = forms.CharField()

    with translation.override("et"):
        form = Numbered({"few": "4", "many": "2", "even": "3", "odd": "2", "text": "a\x00b"})
        said = [str(text) for texts in form.errors.values() for text in texts]
    assert said[:5] == [
        "Väärtus võib olla kõige rohkem 3.",
        "Väärtus peab olema vähemalt 3.",
        "Väärtus peab olema arvu 2 kordne.",
        "Väärtus peab olema sammuga 2 alates arvust 1, näiteks 1, 3, 5 ja nii edasi.",
        "Tekstis on nullmärk, mis ei ole lubatud. Kirjutage tekst uuesti.",
    ]


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-10-25T02:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        # Twice, and the first is meant, unless it says which.
        ("2026-10-25T03:00", datetime(2026, 10, 25, 0, tzinfo=UTC)),
        ("25.10.2026 03:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T03:30+02:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-10-25T04:00", datetime(2026, 10, 25, 2, tzinfo=UTC)),
        ("2026-03-29T02:59", datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        ("2026-03-29T03:00", None),
        ("29.03.2026 03:30", None),
        ("2026-03-29T04:00", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ],
)
def test_a_time_of_a_night_in_which_the_clock_changes(typed: str, instant: datetime | None) -> None:
    class Since(FilterForm):
        since = MomentField(label="Since")

    with translation.override("en"):
        form = Since({"since": typed})
        assert form.is_valid() is (instant is not None)
    if instant is None:
        assert form.errors["since"] == ["There is no such time: the clocks go forward that night."]
    else:
        assert form.chosen["since"].astimezone(UTC) == instant


def test_filters_are_folded_on_narrow_screens_with_their_number() -> None:
    class Filters(FilterForm):
        name = forms.CharField(max_length=3)

    def shown(form: FilterForm) -> str:
        return render_to_string("portal/components/filters.html", {"form": form, "listed": None})

    plain = shown(Filters(None))
    assert '<details class="filters-fold">' in plain and plain.count('id="id_name"') == 1
    # Right before the form, which it folds.
    assert re.search(r'</details>\s*<form class="filters"', plain)
    assert "(1)" in shown(Filters({"name": "abc"}))
    assert '<details class="filters-fold" open>' in shown(Filters({"name": "abcd"}))
