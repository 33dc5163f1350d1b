"""Booking lapsed holds in sets, in plain SQL with its reasons beside it."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0009_one_index_for_each_look")]

    operations = [
        migrations.RunSQL((_HERE / "lapse_holds.sql").read_text(), (_HERE / "lapse_holds_undo.sql").read_text())
    ]
