-- CASCADE takes the functions of earlier versions along, whose arguments were others.
DROP FUNCTION IF EXISTS drops_place_holds(jsonb, interval, interval, text[]);
DROP FUNCTION IF EXISTS drops_look(jsonb, timestamptz, text[]);
DROP FUNCTION IF EXISTS drops_claim_tokens(bigint, bigint, drops_wanted[], integer);
DROP FUNCTION IF EXISTS drops_take_places(drops_place[]);
DROP TYPE IF EXISTS drops_identified CASCADE;
DROP TYPE IF EXISTS drops_looked CASCADE;
DROP TYPE IF EXISTS drops_wanted CASCADE;
DROP TYPE IF EXISTS drops_place CASCADE;
