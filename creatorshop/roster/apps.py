from django.apps import AppConfig


class RosterConfig(AppConfig):
    name = "creatorshop.roster"
    label = "roster"
