"""
Writing down the JSON Schemas of the chat for those who build another client: `python -m creatorshop.chat.schemas`.
"""

import json
from pathlib import Path

from creatorshop.chat.inbound import event_schema
from creatorshop.chat.messages import message_schema

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "schema"


def publish() -> None:
    """Write the schemas of messages and events into the documentation."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in (("chat-message", message_schema()), ("chat-event", event_schema())):
        (FOLDER / f"{name}.json").write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    publish()
