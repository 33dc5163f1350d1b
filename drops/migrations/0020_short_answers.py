"""The claim again: a refusal comes without the terms that it does not need, and says whether units may lie elsewhere."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent
_UNDO = (_HERE / "place_holds_undo.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("drops", "0019_stream_lives")]

    operations = [
        migrations.RunSQL(_UNDO, migrations.RunSQL.noop),
        migrations.RunSQL((_HERE / "place_holds.sql").read_text(), migrations.RunSQL.noop),
    ]
