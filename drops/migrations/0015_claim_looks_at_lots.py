"""The claim asks the wish's own pool whether units of it are to leave, and not the SKU as a whole."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent
_AGAIN = (_HERE / "place_holds_undo.sql").read_text() + (_HERE / "place_holds.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("drops", "0014_fill_lots")]

    operations = [migrations.RunSQL(_AGAIN, migrations.RunSQL.noop)]
