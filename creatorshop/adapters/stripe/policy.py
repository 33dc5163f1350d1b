"""
What the page with the Payment Element may load, and nothing else: docs.stripe.com/security/guide, without what we do not use.
"""

from django.http import HttpResponse

from drops.audience.origins import normalise_origin
from drops.catalog.models import Creator

# Each release of Stripe.js speaks the version of the API that the library of the same name does.
SCRIPT = "https://js.stripe.com/endive/stripe.js"
_SCRIPTS = ["https://js.stripe.com", "https://*.js.stripe.com"]
_LINK = ["https://link.com", "https://*.link.com"]  # the wallet that the Payment Element offers by itself

ADDED = {
    "script-src": _SCRIPTS,
    "frame-src": [*_SCRIPTS, "https://hooks.stripe.com", *_LINK],
    "connect-src": ["https://api.stripe.com", *_LINK],
    "img-src": ["https://*.link.com"],
}


def let_stripe_in(answer: HttpResponse) -> HttpResponse:
    """Let this one page load Stripe's form, and the windows that some wallets open speak to it."""
    answer._csp_update = ADDED  # type: ignore[attr-defined]
    answer["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return answer


def keep_to_creator(answer: HttpResponse, creator: Creator) -> HttpResponse:
    """Let only a creator's own pages show this one in a frame, and keep its address out of caches and search engines."""
    origins = filter(None, map(normalise_origin, creator.allowed_origins))
    answer._csp_replace = {"frame-ancestors": ["'self'", *origins]}  # type: ignore[attr-defined]
    answer.xframe_options_exempt = True
    answer["Cache-Control"] = "no-store, private"
    answer["X-Robots-Tag"] = "noindex"
    return answer
