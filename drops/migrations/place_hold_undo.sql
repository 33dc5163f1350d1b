DROP FUNCTION drops_place_hold(bigint, text, text, text, text, text, interval, interval);
DROP FUNCTION drops_claim_tokens(bigint, integer, bigint, timestamptz);
DROP FUNCTION drops_take_place(bigint, text, text, integer, bigint, timestamptz);
