import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from creatorshop.desk.strangers import make_server


class Command(BaseCommand):
    help = "Serve a demo page of a stranger that embeds the widget from another origin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8002)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        with make_server(host=host, port=port, say=self.stdout.write) as server:
            # From a thread of its own: shutdown waits for the loop that this very thread is in.
            signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
            self.stdout.write(f"A stranger's page at http://{host}:{server.server_port}/")
            server.serve_forever()
