-- The shop's clock. drops_now() is the time of the call, also inside a long transaction; drops_statement_now() is the
-- time of the statement, which is STABLE, so that a comparison with an index column stays an index condition.
-- The setting drops.fake_now stops both clocks. Only tests set it, and only for their own session.
CREATE OR REPLACE FUNCTION drops_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(nullif(current_setting('drops.fake_now', true), '')::timestamptz, clock_timestamp())
$$;

CREATE OR REPLACE FUNCTION drops_statement_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('drops.fake_now', true), '')::timestamptz, statement_timestamp())
$$;

-- Tokens are updated far more often than they are inserted: leave room for the new version on the same page, and tidy
-- up early, so that dead index entries do not pile up where claims begin.
ALTER TABLE drops_token SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01);

-- The ledger balances when the transaction commits, or it does not commit.
CREATE OR REPLACE FUNCTION drops_ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    off_by bigint;
BEGIN
    SELECT sum(amount_minor) INTO off_by FROM drops_entry WHERE transaction_id = NEW.transaction_id;
    IF off_by <> 0 THEN
        RAISE EXCEPTION 'ledger transaction % is off by %', NEW.transaction_id, off_by
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_balances';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER ledger_transaction_balances AFTER INSERT ON drops_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drops_ledger_must_balance();

-- Append-only: what was written stays. Corrections are new rows.
CREATE OR REPLACE FUNCTION drops_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END
$$;

CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON drops_entry
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
CREATE TRIGGER ledgertransaction_is_append_only BEFORE UPDATE OR DELETE ON drops_ledgertransaction
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
CREATE TRIGGER holdevent_is_append_only BEFORE UPDATE OR DELETE ON drops_holdevent
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
