"""
A creator's story on a page of its own. Without one there is no such page, and nothing leads to it.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from creatorshop.storefront.descriptions import sentences_of
from creatorshop.storefront.heads import head_of
from creatorshop.storefront.packing import packed_page
from creatorshop.storefront.pictures import picture_of_file
from creatorshop.storefront.previews import preview_of_story
from creatorshop.storefront.refusals import found_or_404
from creatorshop.storefront.structured import as_script, crumbs_data, story_data
from drops.catalog.head_pictures import head_pictures
from drops.catalog.queries import creator_of_slug, story_of
from drops.letters.promises import how_often

# Faces are above the middle, and stay when a portrait is cut to its frame.
PORTRAIT_FOCAL = "50% 30%"


@require_safe
@packed_page
@found_or_404
def story(request: HttpRequest, creator: str) -> HttpResponse:
    """Show who a creator is and how they work."""
    found = story_of(creator=creator_of_slug(creator))
    head, path = head_of(found.creator), reverse("story", args=[creator])
    portrait = picture_of_file(
        found.portrait,
        known=head_pictures([str(found.portrait.name or "")]),
        alt=found.portrait_alt,
        focal=PORTRAIT_FOCAL,
    )
    preview = preview_of_story(
        head=head, title=found.title, path=path, words=sentences_of(found.body_html), portrait=portrait
    )
    structured = [
        story_data(head=head, preview=preview, updated_at=found.updated_at),
        crumbs_data(head=head, title=found.title, path=path),
    ]
    context = {
        "head": head,
        "story": found,
        "letter_promise": how_often(),
        "portrait": portrait,
        "pictures": [portrait] if portrait else [],
    }
    context |= {"preview": preview, "structured": [as_script(data) for data in structured]}
    return render(request, "storefront/story.html", context)
