-- Which life of the database this is. A restore or a failover may take numbers back that clients have seen already; each
-- shows here as another cluster, timeline, database or file of the table. (A rewrite of the table does too, which is harmless.)
CREATE FUNCTION drops_stream_life() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT concat_ws('.',
        (SELECT system_identifier FROM pg_control_system()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        pg_relation_filenode('drops_dropstream'))
$$;
