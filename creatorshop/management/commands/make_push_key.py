from typing import Any

from django.core.management.base import BaseCommand

from creatorshop.adapters.webpush.keys import new_private_key, public_key_of


class Command(BaseCommand):
    help = (
        "Print a new private key for push messages, for PUSH_PRIVATE_KEY. Changing it ends every browser's reminders."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        private = new_private_key()
        self.stdout.write(private)
        self.stderr.write(f"Browsers will see: {public_key_of(private)}")
