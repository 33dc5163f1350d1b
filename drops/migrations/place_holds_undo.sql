DROP FUNCTION drops_place_holds(jsonb, interval, interval, text[]);
DROP FUNCTION drops_look(jsonb, timestamptz, text[]);
DROP FUNCTION drops_claim_tokens(bigint, bigint, drops_wanted[], integer);
DROP FUNCTION drops_take_places(drops_place[]);
DROP TYPE drops_identified;
DROP TYPE drops_looked;
DROP TYPE drops_wanted;
DROP TYPE drops_place;
