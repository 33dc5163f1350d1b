from __future__ import annotations

from django.db import transaction

from drops.catalog.models import Capsule, Creator, Product, ProductState, Sku
from drops.errors import Invalid, Refused


class SkuLimitReached(Refused):
    code = "sku_limit_reached"


class OfAnotherCreator(Invalid):
    code = "of_another_creator"


def put_in_capsule(*, product: Product, capsule: Capsule) -> None:
    """
    Put a product into a capsule, out of the one it was in.

    :raises OfAnotherCreator: if they belong to two creators.
    :raises SkuLimitReached: if the capsule would have more SKUs than its creator may put in one.
    """
    with transaction.atomic():
        # Two products that are put in at once would each fit and together not: one waits for the other here.
        Creator.objects.select_for_update().get(pk=capsule.creator_id)
        refuse_if_it_does_not_fit(product=product, capsule=capsule)
        Product.objects.filter(pk=product.pk).update(capsule=capsule)
        product.capsule = capsule


def refuse_if_it_does_not_fit(*, product: Product, capsule: Capsule) -> None:
    """
    Insist that a product may be in a capsule.

    :raises OfAnotherCreator: if they belong to two creators.
    :raises SkuLimitReached: if the capsule would have more SKUs than its creator may put in one.
    """
    if product.creator_id != capsule.creator_id:
        raise OfAnotherCreator(f"{product.title} and {capsule.title} belong to two creators.")
    limit = Creator.objects.only("sku_limit").get(pk=capsule.creator_id).sku_limit
    taken = sku_count_of(capsule=capsule, without=product)
    added = Sku.objects.filter(product=product).count()
    if taken + added > limit:
        raise SkuLimitReached(
            f"{product.title} has {added} SKUs, {capsule.title} has {taken}, and {limit} are the most.",
            limit=limit,
            taken=taken,
            added=added,
        )


def take_out_of_capsule(*, product: Product) -> None:
    """Take a product out of its capsule; it stays in the catalogue."""
    Product.objects.filter(pk=product.pk).update(capsule=None)
    product.capsule = None


def sku_count_of(*, capsule: Capsule, without: Product | None = None) -> int:
    """Return how many SKUs a capsule counts against its creator's limit. Archived products count no more."""
    skus = Sku.objects.filter(product__capsule=capsule).exclude(product__state=ProductState.ARCHIVED)
    return (skus.exclude(product=without) if without else skus).count()
