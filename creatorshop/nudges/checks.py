from typing import Any

from django.core.checks import Error, register
from django.core.exceptions import ImproperlyConfigured

from drops.reminders.push import push_key


@register
def check_push_key(app_configs: Any, **options: Any) -> list[Error]:
    """See at the start, and not on a shopper's page, that the key for push messages is none."""
    try:
        push_key()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="nudges.E001")]
    return []
