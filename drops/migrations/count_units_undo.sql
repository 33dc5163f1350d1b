DROP FUNCTION IF EXISTS drops_units(bigint);
