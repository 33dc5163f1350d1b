"""The history of what is in the catalogue already begins now: what was charged before is on no record."""

from django.db import migrations

FILL = """
INSERT INTO drops_skuprice (sku_id, price_minor, currency, from_at)
SELECT sku.id, sku.price_minor, creator.currency, drops_now()
  FROM drops_sku AS sku JOIN drops_creator AS creator ON creator.id = sku.creator_id
 WHERE NOT EXISTS (SELECT FROM drops_skuprice AS known WHERE known.sku_id = sku.id)
"""


class Migration(migrations.Migration):
    dependencies = [("drops", "0024_price_history")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
