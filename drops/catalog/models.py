from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q

from drops.catalog.countries import NO_SURCHARGE
from drops.catalog.customs import check_description, check_hs_code, check_origin
from drops.catalog.return_rules import ReturnRule
from drops.catalog.tax_classes import TaxClass
from drops.refs import new_ref


class MemberRole(models.TextChoices):
    OWNER = "owner", "Owner"
    HELPER = "helper", "Helper"
    PACKER = "packer", "Packer"


class ProductState(models.TextChoices):
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    ARCHIVED = "archived", "Archived"


class TaxRounding(models.TextChoices):
    PER_LINE = "per_line", "Each line by itself"
    NET_SUM = "net_sum", "Once, on the sum of each class"


class FeeBearer(models.TextChoices):
    PLATFORM = "platform", "The platform"
    CREATORS = "creators", "The creators"
    SHOPPER = "shopper", "The shopper, as a line of the price"


def new_embed_key() -> str:
    """Return the public key that a page carries to embed a creator's widget. It is an address, not a secret."""
    return f"pk_{secrets.token_hex(12)}"


class Creator(models.Model):
    """Someone who sells: the owner of capsules, products and drops."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    tagline = models.CharField(max_length=140, blank=True)
    story = models.TextField(blank=True, help_text="Plain paragraphs, shown on the shop page.")
    greeting = models.CharField(
        max_length=200, blank=True, help_text="The first line a shopper reads in the chat, in the creator's own words."
    )
    avatar = models.ImageField(upload_to="creators/", blank=True)
    banner = models.ImageField(upload_to="creators/", blank=True)
    banner_alt = models.CharField(max_length=200, blank=True)
    accent = models.CharField(
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^#[0-9a-f]{6}$", "Write a colour as #rrggbb in lower case.")],
        help_text="Replaces the green of buttons and links where its contrast is high enough.",
    )
    currency = models.CharField(max_length=3, default="EUR", validators=[RegexValidator(r"^[A-Z]{3}$")])
    country = models.CharField(max_length=2, default="PT", validators=[RegexValidator(r"^[A-Z]{2}$")])
    time_zone = models.CharField(max_length=60, default="Europe/Lisbon")
    tax_rate_bp = models.PositiveIntegerField(
        null=True,
        blank=True,
        verbose_name="own rate of tax",
        help_text="At home, in place of the table's standard rate, in basis points: 2300 is 23 %. 0 is for those who charge "
        "no tax at all, like small businesses; leave it empty for the rate of the country.",
    )
    prices_include_tax = models.BooleanField(
        default=True,
        verbose_name="prices include the tax",
        help_text="Otherwise it is added by destination. Where people have to be shown prices with tax, they still are.",
    )
    tax_rounding = models.CharField(
        max_length=10,
        choices=TaxRounding,
        default=TaxRounding.NET_SUM,
        help_text="How tax is rounded to whole units of money; a price that includes its tax stays as it is either way.",
    )
    uses_oss = models.BooleanField(
        default=False,
        verbose_name="charges the destination's tax inside the EU (OSS)",
        help_text="Needed once cross-border sales to consumers of the Union exceed 10,000 euro a year (Directive 2006/112/EC, "
        "art. 33 and 59c). Otherwise the tax of your own country is charged.",
    )
    processor_borne_by = models.CharField(
        max_length=10,
        choices=FeeBearer,
        default=FeeBearer.PLATFORM,
        verbose_name="who bears what a payment costs",
    )
    service_fee_bp = models.PositiveIntegerField(
        default=300, help_text="The platform's fee on what is bought, in basis points, paid by the shopper."
    )
    service_fee_fixed_minor = models.PositiveIntegerField(default=0, help_text="Fixed part of the fee, minor units.")
    sku_limit = models.PositiveSmallIntegerField(default=24, help_text="SKUs allowed in one capsule.")
    embed_key = models.CharField(max_length=40, unique=True, default=new_embed_key, editable=False)
    allowed_origins = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text="Origins that may embed the widget, like https://kilnandtide.example.",
    )
    # Kept as it is, since signatures are checked with it; it is shown once, and no form, list or answer has it.
    identity_secret = models.CharField(max_length=64, blank=True, editable=False)
    payee = models.OneToOneField("drops.Payee", on_delete=models.PROTECT, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="creator_tax_below_whole", condition=Q(tax_rate_bp__lte=10_000)),
            models.CheckConstraint(name="creator_fee_below_whole", condition=Q(service_fee_bp__lte=10_000)),
            models.CheckConstraint(name="creator_tax_rounding_known", condition=Q(tax_rounding__in=TaxRounding.values)),
            models.CheckConstraint(
                name="creator_fee_bearer_known", condition=Q(processor_borne_by__in=FeeBearer.values)
            ),
            models.CheckConstraint(
                name="creator_surcharges_where_allowed",
                condition=~Q(processor_borne_by=FeeBearer.SHOPPER) | ~Q(country__in=sorted(NO_SURCHARGE)),
                violation_error_message="Shoppers may not be charged for paying by card in this country.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Story(models.Model):
    """Who a creator is and how they work, told by themselves on a page of its own."""

    creator = models.OneToOneField(Creator, on_delete=models.CASCADE, related_name="own_story")
    title = models.CharField(max_length=120)
    body_html = models.TextField(
        verbose_name="Story",
        help_text="Plain paragraphs, or the HTML that products take. Sanitised when it is written; shown as it is.",
    )
    portrait = models.ImageField(upload_to="creators/", blank=True)
    portrait_alt = models.CharField(
        max_length=200, blank=True, help_text="What the picture shows, for those who do not see it."
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "stories"
        constraints = [
            models.CheckConstraint(
                name="story_portrait_is_described",
                condition=Q(portrait="") | ~Q(portrait_alt=""),
                violation_error_message="Say what the picture shows, for those who do not see it.",
            ),
            models.CheckConstraint(name="story_is_told", condition=~Q(title="") & ~Q(body_html="")),
        ]

    def __str__(self) -> str:
        return self.title


class CreatorMember(models.Model):
    """A person who may work in a creator's shop, and as what."""

    creator = models.ForeignKey(Creator, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=MemberRole, default=MemberRole.HELPER)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="member_once_per_creator", fields=["creator", "user"]),
            models.CheckConstraint(name="member_role_known", condition=Q(role__in=MemberRole.values)),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.creator}"


class Capsule(models.Model):
    """A small themed collection, sold together in one or more drops."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="capsules")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=80)
    story = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="capsule_slug_per_creator", fields=["creator", "slug"])]

    def __str__(self) -> str:
        return self.title


class Product(models.Model):
    """A thing in a creator's catalogue, with one SKU for each way it can be had."""

    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="products")
    capsule = models.ForeignKey(Capsule, on_delete=models.PROTECT, related_name="products", null=True, blank=True)
    handle = models.SlugField(max_length=255)
    title = models.CharField(max_length=140)
    body_html = models.TextField(blank=True, help_text="Sanitised when it is written; shown as it is.")
    benefits = ArrayField(models.CharField(max_length=120), default=list, blank=True, help_text="Two or three, short.")
    vendor = models.CharField(max_length=120, blank=True)
    product_type = models.CharField(max_length=120, blank=True)
    tags = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    option_names = ArrayField(models.CharField(max_length=60), default=list, blank=True, size=3)
    tax_class = models.CharField(
        max_length=16,
        choices=TaxClass,
        default=TaxClass.STANDARD,
        help_text="Which of a country's rates applies to it. Most things are standard; books, food and the like may not be.",
    )
    return_rule = models.CharField(
        max_length=16,
        choices=ReturnRule,
        default=ReturnRule.ANY_REASON,
        verbose_name="returns",
        help_text="What a buyer may send back without asking. Shown before the sale; what is sold already keeps its terms.",
    )
    state = models.CharField(max_length=12, choices=ProductState, default=ProductState.ACTIVE)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="product_handle_per_creator", fields=["creator", "handle"]),
            models.CheckConstraint(name="product_state_known", condition=Q(state__in=ProductState.values)),
            models.CheckConstraint(name="product_tax_class_known", condition=Q(tax_class__in=TaxClass.values)),
            models.CheckConstraint(name="product_return_rule_known", condition=Q(return_rule__in=ReturnRule.values)),
        ]

    def __str__(self) -> str:
        return self.title


class Sku(models.Model):
    """One way a product can be had, with its own price, weight and count."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="skus")
    creator = models.ForeignKey(Creator, on_delete=models.PROTECT, related_name="skus", editable=False)
    code = models.CharField(max_length=80)
    option_values = ArrayField(models.CharField(max_length=120), default=list, blank=True, size=3)
    swatch = models.CharField(
        max_length=7, blank=True, validators=[RegexValidator(r"^#[0-9a-f]{6}$", "Write a colour as #rrggbb.")]
    )
    price_minor = models.PositiveIntegerField(
        help_text="In minor units of the creator's currency; with tax unless the creator's prices are without."
    )
    weight_g = models.PositiveIntegerField(default=0)
    on_hand = models.PositiveIntegerField(default=0, help_text="Units counted in the store-room at the last sync.")
    barcode = models.CharField(max_length=64, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    announces_reduction = models.BooleanField(
        default=False,
        help_text="Strike through the lowest price of the 30 days before, where the price history bears a reduction out.",
    )
    # What customs offices ask for. Nobody needs them for parcels that cross no customs border.
    hs_code = models.CharField(
        max_length=13,
        blank=True,
        validators=[check_hs_code],
        verbose_name="HS code",
        help_text="6 to 13 digits of the Harmonized System, like 6912.00.",
    )
    origin_country = models.CharField(
        max_length=2, blank=True, validators=[check_origin], help_text="Where it was made: two letters, like PT."
    )
    customs_description = models.CharField(
        max_length=120,
        blank=True,
        validators=[check_description],
        help_text="What it is and what it is made of, three words or more: Glazed stoneware coffee mug.",
    )
    material = models.CharField(max_length=120, blank=True, help_text="What it is made of: stoneware, beeswax.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sku_hs_code_is_digits",
                condition=Q(hs_code__regex=r"^([0-9]{6,13})?$"),
                violation_error_message="An HS code has 6 to 13 digits.",
            ),
            models.CheckConstraint(
                name="sku_origin_is_two_letters",
                condition=Q(origin_country__regex=r"^([A-Z]{2})?$"),
                violation_error_message="Write two letters, like PT.",
            ),
            models.UniqueConstraint(name="sku_code_per_creator", fields=["creator", "code"]),
            models.UniqueConstraint(name="sku_options_once", fields=["product", "option_values"]),
        ]

    def __str__(self) -> str:
        return f"{self.product.title} · {self.label}" if self.label else self.product.title

    @property
    def label(self) -> str:
        """The option values as people read them, like "Sage / Large"; empty for a product of one kind."""
        return " / ".join(value for value in self.option_values if value != "Default Title")


class SkuPrice(models.Model):
    """What a SKU costs from an instant on. Append-only, and written by the database itself whenever a price changes."""

    sku = models.ForeignKey(Sku, on_delete=models.PROTECT, related_name="price_history", db_index=False)
    price_minor = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    from_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sku", "from_at"], name="price_history_of_sku")]

    def __str__(self) -> str:
        return f"{self.price_minor} {self.currency} from {self.from_at:%Y-%m-%d %H:%M}"


def photo_path(photo: Photo, filename: str) -> str:
    """Return where an original is kept: by its random ref, never by the name somebody uploaded it under."""
    return f"photos/{photo.ref}/original.{filename.rsplit('.', 1)[-1].lower()}"


class Photo(models.Model):
    """A picture of a product; the original is cleaned at upload, the renditions follow in a task."""

    ref = models.CharField(max_length=32, unique=True, default=new_ref, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="photos")
    sku = models.ForeignKey(Sku, on_delete=models.SET_NULL, related_name="photos", null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    original = models.ImageField(upload_to=photo_path, width_field="width", height_field="height")
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    alt_text = models.CharField(max_length=200, blank=True)
    focal_x = models.FloatField(default=0.5, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    focal_y = models.FloatField(default=0.5, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    placeholder = models.TextField(blank=True, editable=False, help_text="A tiny picture as a data: address.")
    rendition_widths = ArrayField(models.PositiveIntegerField(), default=list, blank=True, editable=False)
    source_name = models.CharField(max_length=255, blank=True, help_text="The file's name where it came from.")
    content_hash = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of what was uploaded."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="photo_once_per_product", fields=["product", "content_hash"]),
            models.CheckConstraint(
                name="photo_focal_point_inside",
                condition=Q(focal_x__gte=0, focal_x__lte=1, focal_y__gte=0, focal_y__lte=1),
            ),
        ]
        indexes = [models.Index(F("product"), F("position"), name="photo_in_order")]

    def __str__(self) -> str:
        return f"Photo {self.position + 1} of {self.product.title}"

    def rendition_name(self, width: int, extension: str) -> str:
        """Return the storage name of a rendition; it exists once `rendition_widths` lists the width."""
        return f"photos/{self.ref}/{width}.{extension}"

    def rendition_url(self, width: int, extension: str) -> str:
        storage: Any = self.original.storage
        return str(storage.url(self.rendition_name(width, extension)))
