"""Counting without reading every token, in plain SQL with its reasons beside it."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__).parent
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


class Migration(migrations.Migration):
    dependencies = [("drops", "0017_pool_with_its_creator")]

    operations = [
        # A refunded unit kept the name of the hold that had bought it.
        migrations.RunSQL(
            "UPDATE drops_token SET hold_id = NULL WHERE status = 'void' AND hold_id IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(("hold", None), ("status", "void"))
                | models.Q(("hold__isnull", False), ("status", "sold"))
                | models.Q(("status__in", ["free", "held"])),
                name="token_void_is_nobodys",
            ),
        ),
        migrations.AddIndex(
            model_name="token",
            index=models.Index(
                condition=models.Q(("free_at", _NEVER), ("hold", None)), fields=["drop_sku"], name="token_void"
            ),
        ),
        migrations.RunSQL((_HERE / "count_units.sql").read_text(), (_HERE / "count_units_undo.sql").read_text()),
    ]
