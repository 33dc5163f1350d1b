from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "creatorshop.storefront"
    label = "storefront"
