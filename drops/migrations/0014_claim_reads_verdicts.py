"""
The claim again, for whoever had it before: it reads the verdict of a quote and the cool-down of a shopper now.

One file says what the claim does, so a new database gets today's form twice; plpgsql looks its names up when it runs.
"""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__).parent
_AGAIN = (_HERE / "place_holds_undo.sql").read_text() + (_HERE / "place_holds.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("drops", "0013_cool_down")]

    operations = [migrations.RunSQL(_AGAIN, migrations.RunSQL.noop)]
