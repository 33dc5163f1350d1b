import pytest

from drops.catalog.capsules import OfAnotherCreator, SkuLimitReached, put_in_capsule, take_out_of_capsule
from drops.catalog.models import Product, ProductState
from tests.factories import make_capsule, make_creator, make_product, make_sku

pytestmark = pytest.mark.django_db


def product_with(skus: int, **given):
    product = make_product(**given)
    for _ in range(skus):
        make_sku(product=product)
    return product


def test_a_capsule_takes_skus_up_to_its_creators_limit():
    creator = make_creator(sku_limit=5)
    capsule, elsewhere = make_capsule(creator=creator), make_capsule(creator=creator)
    product_with(3, capsule=capsule)
    two = product_with(2, capsule=elsewhere)

    put_in_capsule(product=two, capsule=capsule)

    assert Product.objects.get(pk=two.pk).capsule == capsule


def test_one_sku_too_many_is_refused_with_the_numbers_and_the_product_stays_where_it_was():
    creator = make_creator(sku_limit=5)
    capsule, elsewhere = make_capsule(creator=creator), make_capsule(creator=creator)
    product_with(3, capsule=capsule)
    three = product_with(3, capsule=elsewhere)

    with pytest.raises(SkuLimitReached) as refusal:
        put_in_capsule(product=three, capsule=capsule)

    assert refusal.value.facts == {"limit": 5, "taken": 3, "added": 3}
    assert Product.objects.get(pk=three.pk).capsule == elsewhere


def test_archived_products_and_the_product_itself_do_not_count_twice():
    creator = make_creator(sku_limit=3)
    capsule = make_capsule(creator=creator)
    product_with(3, capsule=capsule, state=ProductState.ARCHIVED)
    three = product_with(3, capsule=capsule)

    put_in_capsule(product=three, capsule=capsule)

    assert Product.objects.get(pk=three.pk).capsule == capsule


def test_another_creators_capsule_is_refused():
    product, capsule = make_product(), make_capsule()
    own = product.capsule

    with pytest.raises(OfAnotherCreator):
        put_in_capsule(product=product, capsule=capsule)

    assert Product.objects.get(pk=product.pk).capsule == own


def test_a_product_that_is_taken_out_stays_in_the_catalogue():
    product = make_product()

    take_out_of_capsule(product=product)

    assert Product.objects.get(pk=product.pk).capsule is None
