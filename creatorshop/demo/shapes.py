"""
The shapes in which the demo's shops are written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class DemoPhoto:
    file: str  # in creatorshop/demo/photos
    alt_text: str
    focal_point: tuple[float, float]
    sku: str = ""  # the code of the SKU it shows; empty when it shows the product


@dataclass(frozen=True)
class DemoSku:
    code: str
    option: str
    price_minor: int
    weight_g: int
    on_hand: int
    swatch: str = ""


@dataclass(frozen=True)
class DemoCustoms:
    """What customs offices are told; it was made where the shop is."""

    hs_code: str
    description: str
    material: str


@dataclass(frozen=True)
class DemoProduct:
    handle: str
    title: str
    product_type: str
    option_name: str
    body_html: str
    benefits: tuple[str, ...]
    tags: tuple[str, ...]
    customs: DemoCustoms
    skus: tuple[DemoSku, ...]
    photos: tuple[DemoPhoto, ...]


@dataclass(frozen=True)
class DemoCapsule:
    slug: str
    title: str
    story: str
    products: tuple[DemoProduct, ...]


@dataclass(frozen=True)
class DemoPerson:
    username: str
    first_name: str
    last_name: str
    role: str


@dataclass(frozen=True)
class DemoStory:
    title: str
    body: str
    portrait: str
    portrait_alt: str


@dataclass(frozen=True)
class DemoExtra:
    kind: str  # "extra" or "packaging"
    title: str
    blurb: str
    price_minor: int
    is_per_unit: bool = False
    products: tuple[str, ...] = ()  # handles; none: beside all


@dataclass(frozen=True)
class DemoSeller:
    """Who sells by law. Names and numbers are made up; the numbers have the form of real ones."""

    legal_name: str
    street: str
    postcode: str
    city: str
    country: str
    email: str
    vat_id: str
    register_line: str
    prefix: str
    language: str


@dataclass(frozen=True)
class DemoTaxDetails:
    """Who is paid, for the tax office. Made up like the sellers; what is empty is on the seller's page."""

    kind: str  # "person" or "entity"
    first_name: str = ""
    last_name: str = ""
    date_of_birth: date | None = None
    registration_number: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    tins: tuple[str, ...] = ()


@dataclass(frozen=True)
class DemoTier:
    name: str
    benefits: tuple[str, ...]


@dataclass(frozen=True)
class DemoShop:
    slug: str
    name: str
    tagline: str
    story: str
    greeting: str
    avatar: str
    banner: str
    banner_alt: str
    accent: str
    currency: str
    country: str
    time_zone: str
    service_fee_bp: int
    service_fee_fixed_minor: int
    told: DemoStory
    people: tuple[DemoPerson, ...]
    capsules: tuple[DemoCapsule, ...]
    extras: tuple[DemoExtra, ...] = ()
    tier: DemoTier | None = None
    seller: DemoSeller | None = None  # without one, shoppers get receipts
    tax: DemoTaxDetails | None = None
