"""The claim again: it writes down by which identities a hold is counted."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent
_UNDO = (_HERE / "place_holds_undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("drops", "0021_lines_end_with_their_drop")]

    operations = [
        migrations.RunSQL(_UNDO, migrations.RunSQL.noop),
        migrations.RunSQL((_HERE / "place_holds.sql").read_text(), migrations.RunSQL.noop),
    ]
