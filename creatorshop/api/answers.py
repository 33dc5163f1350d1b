"""
The one shape of every "no" that leaves the API: {code, message, facts}.
"""

from collections.abc import Mapping

from django.core.serializers.json import DjangoJSONEncoder
from django.http import JsonResponse


def no(
    *,
    status: int,
    code: str,
    message: str,
    facts: Mapping[str, object] | None = None,
    retry_after: int | None = None,
) -> JsonResponse:
    """Return a refusal; `retry_after` is in seconds and becomes the header of that name."""
    answer = JsonResponse(
        {"code": code, "message": message, "facts": dict(facts or {})},
        status=status,
        encoder=FactsEncoder,
    )
    answer["Cache-Control"] = "no-store"
    if retry_after is not None:
        answer["Retry-After"] = str(retry_after)
    return answer


class FactsEncoder(DjangoJSONEncoder):
    """Facts are whatever a service thought worth saying; what JSON does not know is said in words."""

    def default(self, o: object) -> object:
        try:
            return super().default(o)
        except TypeError:
            return str(o)
