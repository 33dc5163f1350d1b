"""
What pages read: loaded to the last photo, so that whoever shows it asks nothing more.
"""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from drops.catalog.models import Capsule, Creator, Photo, Product, ProductState, Sku, Story
from drops.errors import NotFound


class NoSuchCreator(NotFound):
    code = "creator_not_found"


class NoSuchStory(NotFound):
    code = "story_not_found"


class NoSuchCapsule(NotFound):
    code = "capsule_not_found"


class NoSuchProduct(NotFound):
    code = "product_not_found"


def creators_with_products() -> list[Creator]:
    """Return the creators that have something to show, by name."""
    return list(Creator.objects.filter(products__state=ProductState.ACTIVE).distinct().order_by("name", "pk"))


def creator_of_slug(slug: str) -> Creator:
    """
    Return a creator.

    :raises NoSuchCreator: if nobody has that slug.
    """
    creator = Creator.objects.filter(slug=slug).first()
    if creator is None:
        raise NoSuchCreator(f"There is no shop called {slug!r}.", creator=slug)
    return creator


def story_of(*, creator: Creator) -> Story:
    """
    Return what a creator tells of themselves.

    :raises NoSuchStory: if they have not told anything yet.
    """
    story = Story.objects.select_related("creator").filter(creator=creator).first()
    if story is None:
        raise NoSuchStory(f"{creator.name} has not written a story yet.", creator=creator.slug)
    return story


def title_of_story(*, creator: Creator) -> str:
    """Return what a creator's story is called, "" without one."""
    return Story.objects.filter(creator=creator).values_list("title", flat=True).first() or ""


def creator_of_embed_key(key: str) -> Creator:
    """
    Return the creator whose public key a page carries.

    :raises NoSuchCreator: if nobody has that key.
    """
    creator = Creator.objects.filter(embed_key=key).first()
    if creator is None:
        raise NoSuchCreator("No shop has this key.", key=key)
    return creator


def capsules_of(*, creator: Creator) -> list[Capsule]:
    """Return a creator's capsules that show at least one product, newest first, each with its loaded products."""
    capsules = Capsule.objects.filter(creator=creator, products__state=ProductState.ACTIVE).distinct()
    shown = Prefetch("products", queryset=shown_products())
    return list(capsules.select_related("creator").prefetch_related(shown).order_by("-created_at", "-pk"))


def capsule_of_slug(*, creator: Creator, slug: str) -> Capsule:
    """
    Return a capsule with its shown products in `capsule.products.all()`, each with SKUs and photos.

    :raises NoSuchCapsule: if the creator has none of that slug.
    """
    shown = Prefetch("products", queryset=shown_products())
    capsule = (
        Capsule.objects.filter(creator=creator, slug=slug).select_related("creator").prefetch_related(shown).first()
    )
    if capsule is None:
        raise NoSuchCapsule(f"{creator.name} has no capsule {slug!r}.", capsule=slug)
    return capsule


def product_of_handle(*, creator: Creator, handle: str) -> Product:
    """
    Return a product that may be shown, with `skus`, `photos`, `creator` and `capsule` loaded and in order.

    :raises NoSuchProduct: if the creator has none of that handle, or does not show it.
    """
    product = shown_products().filter(creator=creator, handle=handle).first()
    if product is None:
        raise NoSuchProduct(f"{creator.name} has no product {handle!r}.", product=handle)
    return product


def shown_products() -> QuerySet[Product]:
    """Return every product that may be shown, loaded and in order."""
    return _loaded_products().filter(state=ProductState.ACTIVE)


def products_of(*, capsule: Capsule) -> list[Product]:
    """Return a capsule's shown products, loaded and in order."""
    return list(shown_products().filter(capsule=capsule))


def products_with_photos(*, product_ids: list[int]) -> list[Product]:
    """Return products in any state with `skus` and `photos` loaded, in order."""
    return list(_loaded_products().filter(pk__in=product_ids))


def sku_of_code(*, creator: Creator, code: str) -> Sku:
    """
    Return a SKU with its product and that product's photos.

    :raises NoSuchProduct: if the creator has none of that code.
    """
    skus = Sku.objects.filter(creator=creator, code=code).select_related("product__creator")
    sku = skus.prefetch_related(Prefetch("product__photos", queryset=_photos_in_order())).first()
    if sku is None:
        raise NoSuchProduct(f"{creator.name} has no SKU {code!r}.", sku=code)
    return sku


def cover_of(product: Product) -> Photo | None:
    """Return a loaded product's first photo."""
    return next(iter(product.photos.all()), None)


def photo_of_sku(*, product: Product, sku: Sku) -> Photo | None:
    """Return the loaded photo that shows a SKU: its own if there is one, else the product's cover."""
    own = next((photo for photo in product.photos.all() if photo.sku_id == sku.pk), None)
    return own or cover_of(product)


def _photos_in_order() -> QuerySet[Photo]:
    return Photo.objects.order_by("position", "pk")


def _loaded_products() -> QuerySet[Product]:
    skus = Prefetch("skus", queryset=Sku.objects.order_by("position", "pk"))
    photos = Prefetch("photos", queryset=_photos_in_order())
    loaded = Product.objects.select_related("creator", "capsule").prefetch_related(skus, photos)
    return loaded.order_by("position", "pk")
