-- What a SKU costs is written down whenever it changes, whoever changes it: the admin, an import, a script, a person with
-- psql. A reduction may be announced only from this (Directive 98/6/EC, art. 6a).
CREATE FUNCTION drops_note_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.price_minor <> OLD.price_minor THEN
        INSERT INTO drops_skuprice (sku_id, price_minor, currency, from_at)
        SELECT NEW.id, NEW.price_minor, creator.currency, drops_now()
          FROM drops_creator AS creator WHERE creator.id = NEW.creator_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER sku_price_is_noted AFTER INSERT OR UPDATE OF price_minor ON drops_sku
    FOR EACH ROW EXECUTE FUNCTION drops_note_price();

CREATE TRIGGER skuprice_is_append_only BEFORE UPDATE OR DELETE ON drops_skuprice
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
