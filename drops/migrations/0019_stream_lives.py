"""The stream knows in which life of the database it was numbered, and of which instant its counts are."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("drops", "0018_count_units")]

    operations = [
        migrations.RunSQL((_HERE / "stream_life.sql").read_text(), (_HERE / "stream_life_undo.sql").read_text()),
        migrations.AddField(
            model_name="dropstream",
            name="counted_at",
            field=models.DateTimeField(
                default=datetime(1970, 1, 1, tzinfo=UTC),
                help_text="What was committed before this is in the snapshot.",
            ),
        ),
        migrations.AddField(
            model_name="dropstream",
            name="life",
            field=models.TextField(blank=True, help_text="The life of the database in which the epoch began."),
        ),
        migrations.AlterField(
            model_name="dropstream",
            name="epoch",
            field=models.PositiveBigIntegerField(default=0, help_text="The second in which the numbers began anew."),
        ),
        migrations.AlterField(
            model_name="dropstream",
            name="seq",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
