ALTER TABLE drops_token SET (fillfactor = 80);
DROP FUNCTION drops_lapse_holds(bigint[], timestamptz, interval);
DROP FUNCTION drops_lapse_due_holds(timestamptz, interval, integer);
DROP FUNCTION drops_write_lapses(bigint[], timestamptz);
