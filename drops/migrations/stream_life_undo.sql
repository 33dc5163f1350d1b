DROP FUNCTION IF EXISTS drops_stream_life();
