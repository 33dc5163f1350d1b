from django.http import HttpRequest
from ninja import Router, Schema

from creatorshop.api.schemas import ErrorOut
from creatorshop.api.throttling import Door
from drops.sales.payment import payment_provider
from drops.sales.settling import settle

router = Router(tags=["webhooks"])


class WebhookOut(Schema):
    received: bool


@router.post(
    "/{provider}",
    response={200: WebhookOut, 404: ErrorOut, 413: ErrorOut, 422: ErrorOut, 429: ErrorOut, 503: ErrorOut},
    throttle=[Door("webhooks")],
    url_name="webhook",
    operation_id="receive_webhook",
)
def receive_webhook(request: HttpRequest, provider: str) -> WebhookOut:
    """
    Hear what a payment provider says about a payment.

    Believed by its signature alone; said twice it counts once.
    """
    event = payment_provider(provider).read_webhook(body=request.body, headers=request.headers)
    if event is not None:
        settle(provider=provider, event=event)
    return WebhookOut(received=True)
