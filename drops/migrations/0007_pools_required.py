import django.db.models.deletion
from django.db import migrations, models


def _required(model_name: str, related_name: str) -> migrations.AlterField:
    field = models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to="drops.stockpool"
    )
    return migrations.AlterField(model_name=model_name, name="pool", field=field)


class Migration(migrations.Migration):
    dependencies = [("drops", "0006_fill_store_rooms")]

    operations = [_required("hold", "+"), _required("quote", "+"), _required("token", "tokens")]
