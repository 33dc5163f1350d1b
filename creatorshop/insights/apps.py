from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """What the shop knows about itself: read from the other floors' rows, and never written to them."""

    name = "creatorshop.insights"
    label = "insights"
    verbose_name = "Insights"
