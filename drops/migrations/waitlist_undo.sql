DROP TRIGGER hold_ends_an_offer ON drops_hold;
DROP TRIGGER hold_begins_an_offer ON drops_hold;
DROP FUNCTION drops_offer_ends();
DROP FUNCTION drops_offer_begins();
DROP FUNCTION drops_lock_line(bigint);
DROP FUNCTION drops_kept_units(bigint);
DROP FUNCTION drops_waiting_units(bigint, bigint);
DROP FUNCTION IF EXISTS drops_units_asked(bigint);
DROP FUNCTION IF EXISTS drops_line_goes_on(bigint);
