import pytest

from drops.catalog import queries
from drops.catalog.models import ProductState
from drops.catalog.photos import add_photo
from tests.drops.catalog.pictures import picture_of
from tests.factories import make_capsule, make_creator, make_product, make_sku

pytestmark = pytest.mark.django_db


def test_a_product_comes_with_skus_and_photos_in_order_and_asks_nothing_more(django_assert_num_queries):
    product = make_product(handle="ring-mug")
    late, early = make_sku(product=product, position=1), make_sku(product=product, position=0)
    cover = add_photo(product=product, data=picture_of(colour="red"))
    own = add_photo(product=product, data=picture_of(colour="blue"), sku=late)

    with django_assert_num_queries(3):
        found = queries.product_of_handle(creator=product.creator, handle="ring-mug")
        assert list(found.skus.all()) == [early, late]
        assert list(found.photos.all()) == [cover, own]
        assert queries.cover_of(found) == cover
        assert queries.photo_of_sku(product=found, sku=late) == own
        assert queries.photo_of_sku(product=found, sku=early) == cover
        assert (found.creator.name, found.capsule.title) == (product.creator.name, product.capsule.title)


def test_capsules_come_newest_first_and_only_with_what_is_shown():
    creator = make_creator()
    old, new, empty = (make_capsule(creator=creator) for _ in range(3))
    second, first = make_product(capsule=old, position=1), make_product(capsule=old, position=0)
    make_product(capsule=old, state=ProductState.DRAFT)
    make_product(capsule=new)
    make_product(capsule=empty, state=ProductState.ARCHIVED)

    shown = queries.capsules_of(creator=creator)

    assert shown == [new, old]
    assert list(shown[1].products.all()) == [first, second]
    assert queries.products_of(capsule=old) == [first, second]
    assert list(queries.capsule_of_slug(creator=creator, slug=old.slug).products.all()) == [first, second]


def test_only_creators_with_something_to_show_are_listed_by_name():
    kiln, wick = make_creator(name="Kiln & Tide"), make_creator(name="Wick & Fern")
    nothing = make_creator(name="Nothing yet")
    for creator in (wick, kiln):
        make_product(capsule=make_capsule(creator=creator))
    make_product(capsule=make_capsule(creator=nothing), state=ProductState.DRAFT)

    assert queries.creators_with_products() == [kiln, wick]


def test_what_is_not_there_or_not_shown_or_somebody_elses_is_not_found():
    product = make_product(handle="ring-mug", state=ProductState.DRAFT)
    sku, stranger = make_sku(product=product, code="RM-1"), make_creator()

    for ask, refusal in [
        (lambda: queries.product_of_handle(creator=product.creator, handle="ring-mug"), queries.NoSuchProduct),
        (lambda: queries.product_of_handle(creator=stranger, handle="ring-mug"), queries.NoSuchProduct),
        (lambda: queries.capsule_of_slug(creator=stranger, slug=product.capsule.slug), queries.NoSuchCapsule),
        (lambda: queries.sku_of_code(creator=stranger, code=sku.code), queries.NoSuchProduct),
        (lambda: queries.creator_of_slug("nobody"), queries.NoSuchCreator),
        (lambda: queries.creator_of_embed_key("pk_0"), queries.NoSuchCreator),
    ]:
        with pytest.raises(refusal):
            ask()
    assert queries.sku_of_code(creator=product.creator, code="RM-1") == sku
    assert queries.creator_of_embed_key(stranger.embed_key) == stranger
    assert queries.creator_of_slug(stranger.slug) == stranger
