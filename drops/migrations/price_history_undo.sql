DROP TRIGGER skuprice_is_append_only ON drops_skuprice;
DROP TRIGGER sku_price_is_noted ON drops_sku;
DROP FUNCTION drops_note_price();
