"""
Every setting, read from the environment. docs/operations.md lists the variables that production needs.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from creatorshop import beats, env, places, theme

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_file(BASE_DIR / ".env")

DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY", "for-a-desk-only-and-never-in-production-0123456789" if DEBUG else None)

# Where things are --------------------------------------------------------------------------------------------------
SHOP_URL = env.origin("SHOP_URL", "http://127.0.0.1:8000")
SOCKETS_URL = env.origin("SOCKETS_URL", "ws://127.0.0.1:8001", schemes=("ws", "wss"))
# The demo page of a stranger that embeds the widget; `up` starts it, `seed_demo` allows its origin.
FOREIGN_URL = env.origin("FOREIGN_URL", "http://localhost:8002")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", SHOP_URL)

# Engines -----------------------------------------------------------------------------------------------------------
# Without an address, `creatorshop.embedded` starts the engine below DATA_DIR, listening in the folder of sockets.
EMBED_DATABASE = not env.is_given("DATABASE_URL")
EMBED_REDIS = not env.is_given("REDIS_URL")
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / ".data")))
ENGINE_SOCKETS = places.socket_folder(DATA_DIR)
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.database("DATABASE_URL", f"postgresql://postgres@/creatorshop?host={quote(str(ENGINE_SOCKETS))}")
    | {
        # A kept connection saves a handshake per request; it is tested before use, so that a restarted database or a
        # failed-over one costs no visitor an error page. One minute is shorter than common idle cut-offs of firewalls.
        "CONN_MAX_AGE": env.number("DATABASE_CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
    }
}
# Nobody waits for a host that is gone: three seconds to be let in, ten for a packet to be answered (libpq's names).
DATABASES["default"]["OPTIONS"] = {"connect_timeout": 3, "tcp_user_timeout": 10_000} | DATABASES["default"]["OPTIONS"]
REDIS_URL = env.redis("REDIS_URL", f"unix://{quote(str(ENGINE_SOCKETS / 'valkey.sock'))}?db=0")
# Keeps several shops (and test runs) apart in one Redis: queues, channel groups and cache keys begin with it.
REDIS_PREFIX = env.text("REDIS_PREFIX", "creatorshop")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    # Before staticfiles: the development server, too, shall serve static files in the way that production does.
    "whitenoise.runserver_nostatic",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "csp",
    "ninja",
    "drops",
    "fulfillment",
    "pickups",
    "creatorshop.chat",
    "creatorshop.insights",
    "creatorshop.office",
    "creatorshop.api",
    "creatorshop.adapters.testpay",
    "creatorshop.adapters.stripe",
    "creatorshop.storefront",
    "creatorshop.roster",
    "creatorshop.nudges",
    "creatorshop",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "creatorshop.health.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "creatorshop.api.middleware.api_rim",
    "csp.middleware.CSPMiddleware",
    "creatorshop.headers.AdminPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "creatorshop.office.clocks.OfficeClockMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last, which is first to hear of a view's exception.
    "creatorshop.storefront.refusals.DatabaseAwayMiddleware",
]
ROOT_URLCONF = "creatorshop.urls"
LOGIN_REDIRECT_URL = "/admin/"  # where the login page leads somebody who came to it directly
WSGI_APPLICATION = "creatorshop.wsgi.application"
ASGI_APPLICATION = "creatorshop.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "creatorshop.storefront.context.addresses",
                "creatorshop.office.alarms.alarms",
            ]
        },
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "creatorshop.formats"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Ports: implementations by dotted path, see drops/ports.py ---------------------------------------------------------
DELIVERY_METHODS: list[str] = ["fulfillment.delivery.ParcelDelivery", "pickups.delivery.PickupDelivery"]
# The test provider approves whatever it is told to. Outside a desk somebody has to want that out loud.
ALLOW_TEST_PAYMENTS = env.flag("ALLOW_TEST_PAYMENTS", DEBUG)
# What it keeps of each payment, and what befalls its webhooks, as chances: loss=0.1,duplicate=0.2,reorder=0.3,delay=5
TESTPAY_FEE_BP = env.number("TESTPAY_FEE_BP", 140)
TESTPAY_FEE_FIXED = env.number("TESTPAY_FEE_FIXED", 25)
TESTPAY_FAULTS = env.fractions("TESTPAY_FAULTS", allowed=("loss", "duplicate", "reorder", "delay", "seed"))
# "18 bought" leaves out what no money was moved for; at a desk every purchase is that, and somebody wants to see the line.
CLAIMS_COUNT_TEST_ORDERS = DEBUG
# What a payment is expected to cost, as a quote sets it aside or charges it; what it did cost is booked when it is known.
PROCESSOR_FEE_BP = env.number("PROCESSOR_FEE_BP", 0)  # of the total
PROCESSOR_FEE_FIXED_MINOR = env.number("PROCESSOR_FEE_FIXED_MINOR", 0)  # minor units, in every currency
# Stripe, once all three are given; half of them fails a check. Several webhook secrets: one endpoint of one's own account, one
# for connected accounts, and for a while the one before.
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY", "")
STRIPE_PUBLISHABLE_KEY = env.text("STRIPE_PUBLISHABLE_KEY", "")
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRETS")
STRIPE_API_BASE = env.text("STRIPE_API_BASE", "https://api.stripe.com").rstrip("/")
STRIPE_HTTP_CLIENT = "creatorshop.adapters.stripe.client.http_client"
# The first is the one that pages offer.
PAYMENT_PROVIDERS: list[str] = []
if STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRETS:
    PAYMENT_PROVIDERS.append("creatorshop.adapters.stripe.provider.StripePayments")
if ALLOW_TEST_PAYMENTS:
    PAYMENT_PROVIDERS.append("creatorshop.adapters.testpay.provider.TestPayments")
READINESS_CHECKS: list[str] = [
    "drops.schedule.readiness.CapsuleReady",
    "drops.stock.readiness.StockReady",
    "drops.sales.readiness.DeliveryReady",
    "drops.sales.readiness.TaxReady",
    "pickups.readiness.ShelvesReady",
    "fulfillment.readiness.CustomsReady",
]

# Payouts -----------------------------------------------------------------------------------------------------------
PAYOUT_BUFFER_DAYS = env.number("PAYOUT_BUFFER_DAYS", 2)  # after the days for returns, before money may be paid out
PAYOUT_MINIMUM_MINOR = env.number("PAYOUT_MINIMUM_MINOR", 1000)  # in minor units; whoever has less waits
# After the last year in which they earned something: five at least and ten at most by Directive (EU) 2021/514, as the
# platform's own country says.
TAX_DETAILS_KEPT_YEARS = int(env.choice("TAX_DETAILS_KEPT_YEARS", "5", [str(years) for years in range(5, 11)]))
# Who knows payees' accounts at a provider. Payees without one are paid by hand.
PAYOUT_ACCOUNTS: list[str] = []
if STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRETS:
    PAYOUT_ACCOUNTS.append("creatorshop.adapters.stripe.payout_accounts.StripeAccounts")
if ALLOW_TEST_PAYMENTS:
    PAYOUT_ACCOUNTS.append("creatorshop.adapters.testpay.accounts.TestAccounts")

# The waitlist ----------------------------------------------------------------------------------------------------
WAITLIST_OFFER_MINUTES = env.number("WAITLIST_OFFER_MINUTES", 15)  # at least; a drop's hold minutes if they are more
WAITLIST_MOST_SKIPS = env.number("WAITLIST_MOST_SKIPS", 3)  # then no units are kept back for an entry any more

# Reminders of an opening -------------------------------------------------------------------------------------------
REMINDER_LEAD_MINUTES = env.number("REMINDER_LEAD_MINUTES", 30)  # before an opening, if that is not at night
# The key that push services know this shop by: 32 bytes in base64url, made by `manage.py make_push_key`. A desk makes its
# own below DATA_DIR; elsewhere there is no push without one, since several machines have to share it.
PUSH_PRIVATE_KEY = env.text("PUSH_PRIVATE_KEY", "")
PUSH_KEY_FILE = DATA_DIR / "push.key" if DEBUG else None
# Where browsers may ask us to send their messages; "*." stands for any name in front. Nothing else is ever called.
PUSH_SERVICES = env.words(
    "PUSH_SERVICES",
    "fcm.googleapis.com,updates.push.services.mozilla.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com",
)
PUSH_SENDERS: list[str] = ["creatorshop.adapters.webpush.sender.WebPush"]

# Doors of the API and of pages: requests per seconds, for each shopper or, without one, each address ------------------
API_RATES = {
    "sessions": "600/60",  # many people may sit behind one address
    "quotes": "240/60",
    "holds": "60/60",
    "waitlist": "60/60",
    "payments": "30/60",
    "messages": "240/60",
    "webhooks": "3000/60",
    # Mails with an order's link, as one network asks for them and as one mailbox gets them.
    "order_links": "20/3600",
    "order_links_to_mailbox": "4/3600",
    "memberships": "60/600",
    "letters": "20/3600",  # wishes for a creator's letter, as one network has them
    # Looking at a gift or accepting one, for each network; making links to one and taking them back, for each order.
    "gifts": "120/60",
    "gifts_of_order": "20/600",
    "returns_of_order": "30/600",  # what is chosen, sent or kept of one order
    # Withdrawals without a link, as one network declares them; and how often one that stands is mailed again.
    "withdrawals": "20/3600",
    "withdrawals_again": "4/86400",
    "received": "20/600",  # saying of an order that it arrived, and how it is
}
# How many of our own proxies stand in front and add to X-Forwarded-For; the rest of that header is not believed.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
# The header in which the proxy names a visitor's internet provider (its ASN); without one that signal is silent.
ASN_HEADER = env.text("ASN_HEADER", "")

# Files -------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# At a desk files are served from where they lie; in production `collectstatic` gives each a name with a hash.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(DATA_DIR / "media")))
_bucket = {
    "bucket_name": env.text("S3_BUCKET", ""),
    "endpoint_url": env.text("S3_ENDPOINT_URL", "") or None,
    "region_name": env.text("S3_REGION", "") or None,
    "access_key": env.text("S3_ACCESS_KEY_ID", "") or None,
    "secret_key": env.text("S3_SECRET_ACCESS_KEY", "") or None,
    "custom_domain": env.text("S3_PUBLIC_HOST", "") or None,
    # Photos are public and named by their content: a signed address would only defeat every cache.
    "querystring_auth": False,
    "file_overwrite": False,
}
IS_MEDIA_LOCAL = not _bucket["bucket_name"]
_local: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
_static = "django.contrib.staticfiles.storage.StaticFilesStorage"
_static_hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES: dict[str, dict[str, Any]] = {
    "default": _local if IS_MEDIA_LOCAL else {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _bucket},
    "staticfiles": {"BACKEND": _static if DEBUG else _static_hashed},
}
# A folder with further fonts for receipts and invoices, for letters that ours lack: Chinese, Hindi, pictures.
DOCUMENT_FONTS = env.text("DOCUMENT_FONTS", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Mail --------------------------------------------------------------------------------------------------------------
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
# Who hears at once that stock or ledger do not add up; nobody by mail without it.
PROOF_ALERT_EMAIL = env.words("PROOF_ALERT_EMAIL")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", "shop@localhost")

# Redis: broker, channel layer, cache -------------------------------------------------------------------------------
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
        # A cache that is down costs a visitor a moment, not the ten seconds for which redis-py tries again by itself.
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2, "retry": Retry(ConstantBackoff(0.05), 1)},
    },
    # What is the same for everybody for a minute, and not worth a way to Redis.
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 500}},
}
CHANNEL_LAYERS = {
    "default": {
        # Not the core layer: it waits 5 s in a blocking pop, and redis-py 8.1 by default gives up on a socket after the
        # same 5 s, which silently loses consumers under load. Publish/subscribe has no such wait.
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 2}],
            "prefix": f"{REDIS_PREFIX}:channels",
        },
    }
}
CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # however long the broker is away, the worker waits for it
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": f"{REDIS_PREFIX}:celery:",
    "socket_connect_timeout": 2,
    # Whatever a killed worker had taken is given to another one after this time.
    "visibility_timeout": 15 * 60,
}
# A request that sends a task never waits long for a broker that is down; the periodic tasks pick up what was missed.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.1}
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
# Every task may run twice (style rule 24), so one that dies with its worker is simply done again.
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 10 * 60
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = beats.EVERY

# Headers and cookies -----------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", not DEBUG)
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", False)
# Only behind a proxy that sets X-Forwarded-Proto itself and strips what a visitor sends.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("SECURE_PROXY", False) else None
# A visitor who follows a link to a payment provider shall not hand over the order's address with its capability.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("SECURE_COOKIES", not DEBUG)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "creatorshop.storefront.refusals.csrf_refused"
X_FRAME_OPTIONS = "DENY"
_media_hosts = (
    [] if IS_MEDIA_LOCAL else [_bucket["custom_domain"] or _bucket["endpoint_url"] or "https://*.amazonaws.com"]
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # The nonce is for one block of colours and likenesses that only the database knows, see storefront/_own_colours.
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", *_media_hosts],
        "font-src": [SELF],
        "connect-src": [SELF, SOCKETS_URL],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# What the admin's theme needs on top: its Alpine expressions are evaluated, and it sets style attributes.
ADMIN_POLICY_UPDATE = {"script-src": [UNSAFE_EVAL, UNSAFE_INLINE], "style-src": [UNSAFE_INLINE]}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Creatorshop",
    "SITE_HEADER": "Creatorshop",
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}storefront/icon.svg"}],
    "SITE_URL": "/",
    "SHOW_BACK_BUTTON": True,
    "STYLES": [f"{STATIC_URL}admin/creatorshop.css"],
    "SCRIPTS": [f"{STATIC_URL}admin/office/regions.js"],
    "BORDER_RADIUS": "10px",
    "COLORS": theme.COLORS,
    "DASHBOARD_CALLBACK": "creatorshop.office.today.today",
    "SIDEBAR": {"show_search": False, "navigation": "creatorshop.office.navigation.navigation"},
}

# Logging: one readable line to stderr; whoever runs the process decides where it goes --------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # It writes a line for every request it makes; who sends a webhook says itself what came of it.
        "httpx": {"level": "WARNING"},
        # Two lines a call, and at DEBUG whole answers: among them the secret with which a browser confirms a payment.
        "stripe": {"level": "WARNING"},
        # Django's own handlers are replaced, so that each line appears once.
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # A foreseen "no" is not worth a line, least of all in a rush; what is unforeseen (5xx) is an ERROR.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
    },
}

env.refuse_unasked()
