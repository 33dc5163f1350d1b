-- The lines of those who wait for units of a SKU from a pool (stock.md R9), as far as the claim has to know them. How many
-- units come first for them is in waiting_units.sql.

-- Let claims of a SKU for which somebody waits go one at a time, to the end of the transaction; false if nobody does.
-- A claim that began before the first one joined is not waited for: it came before them.
CREATE FUNCTION drops_lock_line(p_drop_sku bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM drops_waitlistentry AS entry
         WHERE entry.drop_sku_id = p_drop_sku AND entry.state IN ('waiting', 'passed')
    ) THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(7302, p_drop_sku::integer);
    RETURN true;
END
$$;

-- An offer is a hold, and its entry goes with it in the same transaction, whoever writes the hold and wherever it ends:
-- a shopper who lets go, a payment, the sweep in its sets. The condition of each trigger is all that other holds pay.
CREATE FUNCTION drops_offer_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drops_waitlistentry
       SET state = 'offered', hold_id = NEW.id, offered_at = NEW.created_at, skip_reason = '', looked_at = NULL
     WHERE shopper_id = NEW.shopper_id AND drop_sku_id = NEW.drop_sku_id AND quantity = NEW.quantity
       AND state IN ('waiting', 'passed');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody in line asked for this' USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_has_its_entry';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION drops_offer_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drops_waitlistentry
       SET state = CASE NEW.state WHEN 'confirmed' THEN 'taken' WHEN 'released' THEN 'declined'
                                  WHEN 'revoked' THEN 'removed' ELSE 'lapsed' END,
           closed_at = NEW.closed_at, close_reason = NEW.close_reason
     WHERE hold_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER hold_begins_an_offer AFTER INSERT ON drops_hold
    FOR EACH ROW WHEN (NEW.source = 'waitlist') EXECUTE FUNCTION drops_offer_begins();
CREATE TRIGGER hold_ends_an_offer AFTER UPDATE OF state ON drops_hold
    FOR EACH ROW WHEN (NEW.source = 'waitlist' AND NEW.state IS DISTINCT FROM OLD.state AND NEW.state NOT IN ('held', 'paying'))
    EXECUTE FUNCTION drops_offer_ends();
