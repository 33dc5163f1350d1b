DROP FUNCTION drops_cool_until(bigint, bigint, timestamptz);
DROP FUNCTION drops_abandoned(bigint, bigint, timestamptz);
