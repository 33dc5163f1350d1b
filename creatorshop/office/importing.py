"""
The sheet upload: a rehearsal that shows what would change, then the import itself.

Nothing is kept between the two. The browser still has the files and sends them again, with the fingerprint of what
was shown, so that what is applied is what was seen.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from creatorshop.office.pages import office_page
from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.creators import Work
from drops.catalog.imports.photo_sources import PhotoSource, photos_in_zip
from drops.catalog.imports.reports import ImportReport
from drops.catalog.imports.running import rehearse_import, run_import
from drops.catalog.models import Creator
from drops.errors import ShopError

LARGEST_SHEET, LARGEST_ZIP = 20 * 1024 * 1024, 512 * 1024 * 1024


class ImportForm(forms.Form):
    creator = forms.ModelChoiceField(queryset=Creator.objects.none(), widget=UnfoldAdminSelectWidget)
    sheet = forms.FileField(
        label="Sheet",
        help_text="A CSV as Shopify exports it, or XLSX with the same columns.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
    )
    photos = forms.FileField(
        label="Photos (ZIP)",
        required=False,
        help_text="Matched by the file names in the sheet's Image Src column.",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".zip"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = scope_of(request)
        creators = Creator.objects.order_by("name")
        if not scope.is_all:
            creators = creators.filter(pk__in=scope.creator_ids(Work.CATALOG))
        field = self.fields["creator"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = creators
        if len(creators) == 1:
            field.initial, field.empty_label = creators[0], None

    def clean_sheet(self) -> UploadedFile:
        return _not_larger_than(self.cleaned_data["sheet"], LARGEST_SHEET)

    def clean_photos(self) -> UploadedFile | None:
        photos = self.cleaned_data["photos"]
        return _not_larger_than(photos, LARGEST_ZIP) if photos else None


def import_page(request: HttpRequest, admin: ScopedAdmin) -> HttpResponse:
    if not scope_of(request).may_anywhere(Work.CATALOG):
        messages.error(request, "Your role does not include this.")
        return HttpResponseRedirect(reverse("admin:index"))
    form = ImportForm(request.POST or None, request.FILES or None, request=request)
    report: ImportReport | None = None
    seen = refusal = ""
    if request.method == "POST" and form.is_valid():
        seen = _fingerprint(form.cleaned_data)
        is_confirmed = "apply" in request.POST and request.POST.get("seen") == seen
        try:
            report = _work(form.cleaned_data, is_confirmed=is_confirmed)
        except ShopError as refused:
            refusal = refused.message
        else:
            if is_confirmed:
                messages.success(request, " ".join(report.sums()))
            elif "apply" in request.POST:
                messages.warning(request, "The files differ from what was shown. Look again, then apply.")
    shown: dict[str, Any] = {"form": form, "report": report, "seen": seen, "refusal": refusal, "media": form.media}
    # The script asks for the preview alone and puts it into the page, so that the browser keeps the chosen files.
    if request.headers.get("X-Office-Part") == "preview":
        return office_page(request, admin, "admin/office/_import_report.html", title="", **shown)
    return office_page(request, admin, "admin/office/import.html", title="Import products", **shown)


def _work(given: dict[str, Any], *, is_confirmed: bool) -> ImportReport:
    sheet, photos = given["sheet"], _photos(given["photos"])
    sheet.seek(0)
    door = run_import if is_confirmed else rehearse_import
    return door(creator=given["creator"], file=sheet.file, name=sheet.name, photos=photos)


def _photos(upload: UploadedFile | None) -> PhotoSource | None:
    if upload is None:
        return None
    upload.seek(0)
    return photos_in_zip(upload.file)  # type: ignore[arg-type]


def _fingerprint(given: dict[str, Any]) -> str:
    digest = sha256(str(given["creator"].pk).encode())
    for upload in (given["sheet"], given["photos"]):
        if upload is not None:
            upload.seek(0)
            for chunk in upload.chunks():
                digest.update(chunk)
    return digest.hexdigest()


def _not_larger_than(upload: UploadedFile, most: int) -> UploadedFile:
    if (upload.size or 0) > most:
        raise forms.ValidationError(f"{upload.name} is larger than {most // (1024 * 1024)} MB.")
    return upload
