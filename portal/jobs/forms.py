"""The form with which a workbook is given, and a job made of it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.forms import PageForm
from portal.jobs import services
from portal.jobs.files import FilesUnavailable
from portal.jobs.kinds import kind_of
from portal.jobs.models import Job
from portal.pages import OperatorRequest
from portal.sheets.faults import SheetError
from portal.sheets.package import LIMITS, MEGABYTE


class UploadForm(PageForm):
    """One workbook. Its `<form>` needs `enctype="multipart/form-data"`."""

    file = forms.FileField(
        label=_("Workbook (.xlsx)"),
        help_text=format_lazy(
            _("An Excel workbook of at most {megabytes} MB. If any row has an error, nothing is saved."),
            megabytes=LIMITS.file_bytes // MEGABYTE,
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def submitted(
        self, request: OperatorRequest, kind_name: str, parameters: Mapping[str, Any] | None = None
    ) -> Job | None:
        """Make the job; None, with what is wrong at the field, for a file that cannot be taken."""
        kind = kind_of(kind_name)
        if kind is None:
            raise LookupError(f"there is no kind of job {kind_name}")
        if not self.is_valid():
            return None
        file = self.cleaned_data["file"]
        try:
            return services.submit_import(
                kind=kind,
                chosen=request.acting,
                file=file,
                file_name=file.name,
                language=get_language(),
                now=request.now,
                parameters=parameters,
            )
        except SheetError as error:
            for fault in error.faults:
                self.add_error("file", fault.say())
        except FilesUnavailable:
            self.add_error("file", _("Files cannot be accepted now. Try again in a moment."))
        return None
