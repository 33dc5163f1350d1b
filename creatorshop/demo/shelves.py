"""
Puts the demo's creators, people, products and photographs into the database.

What is there already stays as it is, so that a newcomer's own changes survive the next start.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core.files.base import ContentFile
from django.db import transaction

from creatorshop.demo.shapes import (
    DemoCapsule,
    DemoCustoms,
    DemoExtra,
    DemoPerson,
    DemoProduct,
    DemoShop,
    DemoSku,
    DemoStory,
    DemoTaxDetails,
)
from drops.audience.models import Tier
from drops.catalog.capsules import put_in_capsule
from drops.catalog.creators import add_member
from drops.catalog.extras import Extra
from drops.catalog.head_pictures import render_first_sizes_of_heads
from drops.catalog.heads import avatar_picture, banner_picture, portrait_picture
from drops.catalog.imports.bodies import clean_body
from drops.catalog.models import Capsule, Creator, MemberRole, Product, Sku, Story
from drops.catalog.photos import add_photo
from drops.catalog.renditions import render_first_sizes
from drops.clock import database_now
from drops.documents.models import Seller
from drops.ledger.models import Payee
from drops.ledger.payees import payee_of
from drops.payouts.tax_models import TaxDetails

PHOTOS = Path(__file__).parent / "photos"


def stock_shop(shop: DemoShop) -> Creator:
    """Make sure that a demo creator exists with capsules, products, SKUs and photos."""
    creator, is_new = Creator.objects.get_or_create(
        slug=shop.slug,
        defaults={
            "name": shop.name,
            "tagline": shop.tagline,
            "story": shop.story,
            "greeting": shop.greeting,
            "banner_alt": shop.banner_alt,
            "accent": shop.accent,
            "currency": shop.currency,
            "country": shop.country,
            "time_zone": shop.time_zone,
            "service_fee_bp": shop.service_fee_bp,
            "service_fee_fixed_minor": shop.service_fee_fixed_minor,
        },
    )
    if is_new:
        _tell(creator, shop.told)
        _hang_pictures(creator, shop)
    if shop.seller is not None:
        # Also at a desk that was made before sellers were; what somebody wrote there is kept.
        Seller.objects.get_or_create(creator=creator, defaults=asdict(shop.seller))
    if shop.tax is not None:
        fill_in_tax_details(payee_of(creator=creator), shop.tax)
    if shop.tier is not None:
        Tier.objects.get_or_create(
            creator=creator, name=shop.tier.name, defaults={"benefits": list(shop.tier.benefits)}
        )
    for capsule in shop.capsules:
        _fill_capsule(creator, capsule)
    for position, extra in enumerate(shop.extras):
        _offer_beside(creator, extra, position)
    return creator


def fill_in_tax_details(payee: Payee, tax: DemoTaxDetails) -> None:
    """Make sure that a payee has tax details; what somebody wrote there is kept."""
    TaxDetails.objects.get_or_create(
        payee=payee, defaults=asdict(tax) | {"tins": list(tax.tins), "changed_at": database_now()}
    )


def hire(person: DemoPerson, *, creator: Creator, password: str | None) -> AbstractUser:
    """Make sure that somebody can log in and works for a creator; without a password they cannot log in."""
    user = make_user(
        username=person.username, password=password, first_name=person.first_name, last_name=person.last_name
    )
    add_member(creator=creator, user=user, role=MemberRole(person.role))
    return user


def make_user(
    *, username: str, password: str | None, first_name: str = "", last_name: str = "", is_superuser: bool = False
) -> AbstractUser:
    """Make sure that a member of staff exists; one who exists keeps their password."""
    users = get_user_model()
    user, is_new = users.objects.get_or_create(
        username=username,
        defaults={
            "first_name": first_name,
            "last_name": last_name,
            "email": f"{username}@creatorshop.example",
            "is_staff": True,
            "is_superuser": is_superuser,
        },
    )
    if is_new:
        user.set_password(password)  # None makes it unusable
        user.save(update_fields=["password"])
    return user


def _hang_pictures(creator: Creator, shop: DemoShop) -> None:
    heads = ((creator.avatar, shop.avatar, avatar_picture), (creator.banner, shop.banner, banner_picture))
    for field, file, made in heads:
        if file:
            field.save(file, ContentFile(made((PHOTOS / file).read_bytes())), save=False)
    creator.save(update_fields=["avatar", "banner"])
    render_first_sizes_of_heads(creator=creator)


def _tell(creator: Creator, wanted: DemoStory) -> None:
    story = Story(
        creator=creator, title=wanted.title, body_html=clean_body(wanted.body), portrait_alt=wanted.portrait_alt
    )
    picture = ContentFile(portrait_picture((PHOTOS / wanted.portrait).read_bytes()))
    story.portrait.save(f"portrait-{creator.slug}.jpg", picture, save=False)
    story.save()


def _fill_capsule(creator: Creator, wanted: DemoCapsule) -> None:
    capsule, _ = Capsule.objects.get_or_create(
        creator=creator, slug=wanted.slug, defaults={"title": wanted.title, "story": wanted.story}
    )
    for position, product in enumerate(wanted.products):
        _shelve(creator, capsule, product, position)


def _offer_beside(creator: Creator, wanted: DemoExtra, position: int) -> None:
    extra, is_new = Extra.objects.get_or_create(
        creator=creator,
        title=wanted.title,
        defaults={
            "kind": wanted.kind,
            "blurb": wanted.blurb,
            "price_minor": wanted.price_minor,
            "is_per_unit": wanted.is_per_unit,
            "position": position,
        },
    )
    if is_new and wanted.products:
        extra.products.set(Product.objects.filter(creator=creator, handle__in=wanted.products))


def _shelve(creator: Creator, capsule: Capsule, wanted: DemoProduct, position: int) -> None:
    if Product.objects.filter(creator=creator, handle=wanted.handle).exists():
        _tell_customs(creator, wanted)
        return
    # All or nothing, so that a run that was stopped between two photos leaves no half of a product behind.
    with transaction.atomic():
        product = Product.objects.create(
            creator=creator,
            handle=wanted.handle,
            title=wanted.title,
            body_html=wanted.body_html,
            benefits=list(wanted.benefits),
            vendor=creator.name,
            product_type=wanted.product_type,
            tags=list(wanted.tags),
            option_names=[wanted.option_name],
            position=position,
        )
        skus = {sku.code: _priced(product, sku, wanted.customs, number) for number, sku in enumerate(wanted.skus)}
        put_in_capsule(product=product, capsule=capsule)
        for picture in wanted.photos:
            photo = add_photo(
                product=product,
                data=(PHOTOS / picture.file).read_bytes(),
                alt_text=picture.alt_text,
                sku=skus.get(picture.sku),
                focal_point=picture.focal_point,
                source_name=picture.file,
            )
            # The first page somebody opens shall have pictures, whether a worker runs yet or not.
            render_first_sizes(photo_id=photo.pk)


def _tell_customs(creator: Creator, wanted: DemoProduct) -> None:
    """Fill in what customs ask of SKUs of a desk that was made before anybody asked; what somebody wrote is kept."""
    untold = Sku.objects.filter(creator=creator, code__in=[sku.code for sku in wanted.skus], hs_code="")
    untold.filter(origin_country="", customs_description="").update(**_told(creator, wanted.customs))


def _told(creator: Creator, customs: DemoCustoms) -> dict[str, str]:
    return {
        "hs_code": customs.hs_code,
        "origin_country": creator.country,
        "customs_description": customs.description,
        "material": customs.material,
    }


def _priced(product: Product, wanted: DemoSku, customs: DemoCustoms, position: int) -> Sku:
    return Sku.objects.create(
        product=product,
        creator=product.creator,
        code=wanted.code,
        option_values=[wanted.option],
        swatch=wanted.swatch,
        price_minor=wanted.price_minor,
        weight_g=wanted.weight_g,
        on_hand=wanted.on_hand,
        position=position,
        **_told(product.creator, customs),
    )
