"""
Where a creator writes to their subscribers: a draft, how it will look, a copy to oneself, and then once to all.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminTextareaWidget

from creatorshop.nudges.letters import preview_html, send_test_copy
from creatorshop.office.pages import office_page, refuse_unless_may, row_or_404
from creatorshop.office.scope import LogAdmin, OneCreatorForm, ScopedAdmin
from drops.catalog.creators import Work
from drops.clock import database_now
from drops.errors import ShopError
from drops.letters.counting import copies_of, counts_of
from drops.letters.models import Letter, LetterCopy, LetterState, Subscriber
from drops.letters.promises import how_often
from drops.letters.sending import send_letter
from drops.letters.writing import paragraphs_of, rewrite


class LetterForm(OneCreatorForm):
    class Meta:
        model = Letter
        fields = ["creator", "subject", "body"]
        widgets = {"body": UnfoldAdminTextareaWidget(attrs={"rows": 18})}

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if not paragraphs_of(body):
            raise forms.ValidationError("A letter needs at least one sentence.")
        return body


@admin.register(Letter)
class LetterAdmin(ScopedAdmin):
    creator_path = "creator_id"
    see = change = Work.DROPS
    can_add = can_delete = True
    form = LetterForm
    row_relations = ("creator",)
    list_display = ["subject", "creator", "state", "sent", "copies", "to_page"]
    list_filter = ["state"]
    search_fields = ["subject"]
    fields = ["creator", "subject", "body"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.state == LetterState.DRAFT)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts may be thrown away, one at a time. What was sent is kept, with who got it."""
        is_draft = obj is not None and obj.state == LetterState.DRAFT
        return is_draft and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Letter, form: Any, change: bool) -> None:
        if not change:
            obj.save()
            return
        try:
            rewrite(letter=obj, subject=obj.subject, body=obj.body)
        except ShopError as refusal:
            # It was sent while the form was open.
            messages.error(request, refusal.message)

    def response_add(self, request: HttpRequest, obj: Letter, post_url_continue: str | None = None) -> HttpResponse:
        return HttpResponseRedirect(_page_of(obj))

    def response_change(self, request: HttpRequest, obj: Letter) -> HttpResponse:
        return HttpResponseRedirect(_page_of(obj))

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("look", self.look, "office_letter"),
            ("look/mail", self.mail, "office_letter_mail"),
            ("look/test", self.test, "office_letter_test"),
            ("look/send", self.send, "office_letter_send"),
        ]
        return [
            *(path(f"<path:object_id>/{at}/", self.admin_site.admin_view(view), name=name) for at, view, name in pages),
            *super().get_urls(),
        ]

    def look(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a letter as it will look, with what may be done with it."""
        letter: Letter = row_or_404(self, request, object_id)
        return office_page(
            request,
            self,
            "admin/office/letter.html",
            title=letter.subject,
            letter=letter,
            is_draft=letter.state == LetterState.DRAFT,
            subscribers=counts_of(subscribers=Subscriber.objects.filter(creator_id=letter.creator_id)),
            copies=copies_of(letter_ids=[letter.pk]).get(letter.pk),
            promise=how_often(),
            address=getattr(request.user, "email", ""),
            sent=self.sent(letter),
            by=letter.sent_by.removeprefix("office:"),
        )

    def mail(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the mail itself, for the frame on the letter's page."""
        answer = HttpResponse(preview_html(letter=row_or_404(self, request, object_id)))
        # Mail programs know no sheets, so a mail's styles stand in its tags. Nothing else of it is let in.
        answer._csp_replace = {  # type: ignore[attr-defined]
            "default-src": ["'none'"],
            "style-src": ["'unsafe-inline'"],
            "frame-ancestors": ["'self'"],
        }
        answer["X-Frame-Options"] = "SAMEORIGIN"
        return answer

    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a copy to whoever asks for it."""
        letter: Letter = row_or_404(self, request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        address = getattr(request.user, "email", "")
        if not refuse_unless_may(request, Work.DROPS, letter.creator_id):
            try:
                send_test_copy(letter=letter, address=address)
                messages.success(request, f"A test copy is on its way to {address}.")
            except ShopError as refusal:
                messages.error(request, refusal.message)
        return HttpResponseRedirect(_page_of(letter))

    def send(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send a letter to all subscribers, once."""
        letter: Letter = row_or_404(self, request, object_id)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.POST.get("looked"):
            messages.error(request, "Please read it first; it cannot be called back.")
        elif not refuse_unless_may(request, Work.DROPS, letter.creator_id):
            try:
                readers = send_letter(letter=letter, actor=f"office:{request.user}", now=database_now())
                messages.success(request, f"On its way to {readers} subscriber{'' if readers == 1 else 's'}.")
            except ShopError as refusal:
                messages.error(request, refusal.message)
        return HttpResponseRedirect(_page_of(letter))

    @admin.display(description="Sent", ordering="sent_from_at")
    def sent(self, letter: Letter) -> str:
        if letter.sent_from_at is None:
            return "–"
        return date_format(letter.sent_from_at.astimezone(ZoneInfo(letter.creator.time_zone)), "DATETIME_FORMAT")

    @admin.display(description="Copies")
    def copies(self, letter: Letter) -> str:
        count = copies_of(letter_ids=[letter.pk]).get(letter.pk)  # letters are few
        if count is None:
            return "–"
        waiting = f", {count.waiting} waiting" if count.waiting else ""
        return f"{count.sent} sent{waiting}" + (f", {count.unsent} not" if count.unsent else "")

    @admin.display(description="")
    def to_page(self, letter: Letter) -> str:
        words = "Look and send" if letter.state == LetterState.DRAFT else "Look"
        return format_html('<a class="office-link" href="{}">{}</a>', _page_of(letter), words)


@admin.register(LetterCopy)
class LetterCopyAdmin(LogAdmin):
    creator_path = "letter__creator_id"
    see = Work.ORDERS
    row_relations = ("letter", "subscriber")
    list_display = ["letter", "subscriber", "state", "due_at", "settled_at"]
    list_filter = ["state", ("letter", admin.RelatedOnlyFieldListFilter)]


def _page_of(letter: Letter) -> str:
    return reverse("admin:office_letter", args=[letter.pk])
