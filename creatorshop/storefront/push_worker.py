from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe


@require_safe
def push_worker(request: HttpRequest) -> HttpResponse:
    """Hand out the script that shows push messages. At the top, because a worker may speak for what lies below it only."""
    answer = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    patch_cache_control(answer, no_cache=True)  # a browser asks for it again with every visit, as the standard wants
    return answer


@cache
def _script() -> str:
    return (settings.BASE_DIR / "static" / "storefront" / "push.js").read_text()
