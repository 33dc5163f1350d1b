from django.apps import AppConfig


class NudgesConfig(AppConfig):
    """Writing to people who asked for it: in their chat, to their browser, to their mailbox."""

    name = "creatorshop.nudges"
    label = "nudges"
    verbose_name = "Nudges"

    def ready(self) -> None:
        from creatorshop.nudges import checks  # noqa: F401 - it registers itself, once the models that it leads to are loaded
