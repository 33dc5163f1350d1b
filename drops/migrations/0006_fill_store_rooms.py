"""Every unit that there was lay in its creator's store-room."""

from django.db import migrations

FILL = """
INSERT INTO drops_stockpool (creator_id, name, is_store_room) SELECT id, 'Store-room', true FROM drops_creator;
UPDATE drops_token AS token SET pool_id = pool.id
  FROM drops_dropsku AS drop_sku
  JOIN drops_drop AS sale ON sale.id = drop_sku.drop_id
  JOIN drops_stockpool AS pool ON pool.creator_id = sale.creator_id
 WHERE drop_sku.id = token.drop_sku_id;
UPDATE drops_hold AS hold SET pool_id = pool.id
  FROM drops_dropsku AS drop_sku
  JOIN drops_drop AS sale ON sale.id = drop_sku.drop_id
  JOIN drops_stockpool AS pool ON pool.creator_id = sale.creator_id
 WHERE drop_sku.id = hold.drop_sku_id;
UPDATE drops_quote AS quote SET pool_id = pool.id
  FROM drops_dropsku AS drop_sku
  JOIN drops_drop AS sale ON sale.id = drop_sku.drop_id
  JOIN drops_stockpool AS pool ON pool.creator_id = sale.creator_id
 WHERE drop_sku.id = quote.drop_sku_id;
"""
EMPTY = """
UPDATE drops_token SET pool_id = NULL;
UPDATE drops_hold SET pool_id = NULL;
UPDATE drops_quote SET pool_id = NULL;
DELETE FROM drops_stockpool;
"""


class Migration(migrations.Migration):
    dependencies = [("drops", "0005_pools_and_identities")]

    operations = [migrations.RunSQL(FILL, EMPTY)]
