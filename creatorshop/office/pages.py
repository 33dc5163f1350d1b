"""
Pages of the office that are no list and no form of a single table.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from creatorshop.office.scope import ScopedAdmin, scope_of
from drops.catalog.creators import Work


def row_or_404(admin: ScopedAdmin, request: HttpRequest, object_id: str) -> Any:
    """
    Return a row that the person may see; somebody else's looks like one that does not exist.

    :raises Http404: if there is none, or it is a stranger's.
    """
    row = admin.get_object(request, object_id)
    if row is None:
        raise Http404(f"There is no such {admin.opts.verbose_name}.")
    return row


def refuse_unless_may(request: HttpRequest, work: Work, creator_id: int) -> bool:
    """Tell whether the person may not do this for a creator, and say so to them."""
    if scope_of(request).may(work, creator_id):
        return False
    messages.error(request, "Your role does not include this.")
    return True


def office_page(
    request: HttpRequest, admin: ScopedAdmin, template: str, *, title: str, status: int = 200, **context: Any
) -> HttpResponse:
    """Return a page in the frame of the admin."""
    frame = {**admin.admin_site.each_context(request), "opts": admin.opts, "title": title}
    return TemplateResponse(request, template, {**frame, **context}, status=status)
