from collections.abc import Iterable

from drops.catalog.models import Product

BENEFITS_MIN, BENEFITS_MAX = 2, 3


def photo_problems(products: Iterable[Product]) -> list[str]:
    """Return what keeps products from being shown: a sentence for each missing photo, alt text or benefit."""
    problems = []
    for product in products:
        photos = list(product.photos.all())
        if not photos:
            problems.append(f"{product.title} has no photo.")
        without_alt = sum(not photo.alt_text.strip() for photo in photos)
        if without_alt:
            problems.append(f"{product.title} has {without_alt} photo(s) without alt text.")
        if not all(photo.rendition_widths for photo in photos):
            problems.append(f"{product.title} has photos that are still being prepared.")
        if not BENEFITS_MIN <= len(product.benefits) <= BENEFITS_MAX:
            problems.append(f"{product.title} needs two or three benefits and has {len(product.benefits)}.")
    return problems
