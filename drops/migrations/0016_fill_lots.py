"""Every SKU of a drop has one lot so far: what lies in its creator's store-room."""

from django.db import migrations

FILL = """
INSERT INTO drops_lot (drop_sku_id, pool_id, planned, shortfall)
SELECT drop_sku.id, pool.id, drop_sku.planned, drop_sku.shortfall
  FROM drops_dropsku AS drop_sku
  JOIN drops_drop AS sale ON sale.id = drop_sku.drop_id
  JOIN drops_stockpool AS pool ON pool.creator_id = sale.creator_id AND pool.is_store_room;
"""
KEEP_MOVES = """
CREATE TRIGGER stockmove_is_append_only BEFORE UPDATE OR DELETE ON drops_stockmove
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change()
"""


class Migration(migrations.Migration):
    dependencies = [("drops", "0015_lots")]

    operations = [
        migrations.RunSQL(FILL, "DELETE FROM drops_lot"),
        migrations.RunSQL(KEEP_MOVES, "DROP TRIGGER stockmove_is_append_only ON drops_stockmove"),
    ]
