from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

from creatorshop.storefront.framing import lend
from creatorshop.storefront.refusals import bad_request


@require_safe
def photo(request: HttpRequest, path: str) -> HttpResponseBase:
    """
    Hand out a photo that lies on our own disk, to any page.

    Django's `static()` helper would do this with DEBUG only; a small shop may well keep its photos on its own disk.
    """
    try:
        answer = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except SuspiciousFileOperation as refusal:
        # An address that leads out of the folder is somebody's try, and no reason to wake anybody.
        return bad_request(request, refusal)
    return lend(answer)
