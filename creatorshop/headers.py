"""
The admin's own Content-Security-Policy; every other page keeps the strict one of the settings.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class AdminPolicyMiddleware:
    """Loosens the policy below /admin/, and nowhere else, by what the admin's theme cannot do without."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(reverse("admin:index")):
            # django-csp reads this attribute; its decorators set the same one, but the admin's views are not ours.
            response._csp_update = settings.ADMIN_POLICY_UPDATE  # type: ignore[attr-defined]
        return response
