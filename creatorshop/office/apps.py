from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """The creator's desk: the admin, in which people see only the shops they work in."""

    name = "creatorshop.office"
    label = "office"
    verbose_name = "Office"
