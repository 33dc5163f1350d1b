"""The claim again: while members are first in a drop, it asks who may hold."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent
_UNDO = (_HERE / "place_holds_undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("drops", "0044_early_access")]

    operations = [
        migrations.RunSQL(
            (_HERE / "entitled.sql").read_text(), "DROP FUNCTION IF EXISTS drops_is_entitled(bigint, bigint)"
        ),
        migrations.RunSQL(_UNDO, migrations.RunSQL.noop),
        migrations.RunSQL((_HERE / "place_holds.sql").read_text(), migrations.RunSQL.noop),
    ]
