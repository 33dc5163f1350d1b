-- Posting is one statement: a transaction and its entries, once per cause. A repeat answers with what was written first.
-- Amounts of zero are left out. The payee 0 is the platform's own in that currency; it answers nothing if there is none
-- yet, so that the caller makes it and asks again.
CREATE FUNCTION drops_post(
    the_cause text, the_kind text, the_currency text, the_order_ref text, the_instant timestamptz,
    accounts text[], payees bigint[], countries text[], amounts bigint[], memos text[]
) RETURNS SETOF drops_ledgertransaction LANGUAGE plpgsql AS $$
DECLARE
    written drops_ledgertransaction;
    platform bigint;
BEGIN
    SELECT * INTO written FROM drops_ledgertransaction WHERE cause = the_cause;
    IF FOUND THEN
        RETURN NEXT written;
        RETURN;
    END IF;
    IF 0 = ANY (payees) THEN
        SELECT id INTO platform FROM drops_payee WHERE kind = 'platform' AND currency = the_currency;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;
    INSERT INTO drops_ledgertransaction (cause, kind, currency, order_ref, posted_at)
    VALUES (the_cause, the_kind, the_currency, the_order_ref, the_instant)
    ON CONFLICT (cause) DO NOTHING RETURNING * INTO written;
    IF NOT FOUND THEN
        -- A rival was first, and has committed by now: this statement sees what the first one could not.
        RETURN QUERY SELECT * FROM drops_ledgertransaction WHERE cause = the_cause;
        RETURN;
    END IF;
    INSERT INTO drops_entry (transaction_id, account, payee_id, country, amount_minor, memo)
    SELECT written.id, account, CASE payee WHEN 0 THEN platform ELSE payee END, country, amount, memo
      FROM unnest(accounts, payees, countries, amounts, memos) AS line (account, payee, country, amount, memo)
     WHERE amount <> 0;
    RETURN NEXT written;
END
$$;

-- A capture uses up what the sale set aside for the processor. How much that was is read in the same round trip; what it
-- was too little is the platform's cost, what was too much its gain.
CREATE FUNCTION drops_post_capture(
    the_payment text, the_order_ref text, the_currency text, amount bigint, fee bigint, the_instant timestamptz
) RETURNS SETOF drops_ledgertransaction LANGUAGE plpgsql AS $$
DECLARE
    set_aside bigint;
BEGIN
    SELECT coalesce(-sum(entry.amount_minor), 0) INTO set_aside
      FROM drops_entry AS entry JOIN drops_ledgertransaction AS sale ON sale.id = entry.transaction_id
     WHERE sale.cause = 'sale:' || the_order_ref AND entry.account = 'fees';
    RETURN QUERY SELECT * FROM drops_post(
        'capture:' || the_payment, 'capture', the_currency, the_order_ref, the_instant,
        ARRAY['cash', 'clearing', 'fees', 'accrued'],
        ARRAY[NULL, NULL, NULL, 0]::bigint[],
        ARRAY['', '', '', ''],
        ARRAY[amount - fee, -amount, set_aside, fee - set_aside],
        ARRAY['captured', 'captured', 'the processor''s fee', 'the processor''s fee, less what was set aside']
    );
END
$$;

-- A transaction without entries says that something happened and not what.
CREATE FUNCTION drops_ledger_must_say_something() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM drops_entry WHERE transaction_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger transaction % has no entries', NEW.cause
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_says_something';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER ledger_transaction_says_something AFTER INSERT ON drops_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drops_ledger_must_say_something();

-- TRUNCATE passes row triggers by. Only sessions that say so may: those of tests, which empty their own database.
CREATE FUNCTION drops_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('drops.may_truncate', true), '') <> 'on' THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER entry_is_not_emptied BEFORE TRUNCATE ON drops_entry
    FOR EACH STATEMENT EXECUTE FUNCTION drops_refuse_truncate();
CREATE TRIGGER ledgertransaction_is_not_emptied BEFORE TRUNCATE ON drops_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION drops_refuse_truncate();

-- Balances are rolled up without a row that all postings would queue for: each statement that writes entries leaves one
-- delta for each account it touched, and a task folds deltas into balances. Balance + deltas is right at every instant,
-- since folding moves an amount from one to the other in one transaction.
ALTER TABLE drops_balancedelta SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);

CREATE FUNCTION drops_note_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO drops_balancedelta (account, payee_id, country, currency, amount_minor, entries)
    SELECT fresh.account, fresh.payee_id, fresh.country, booked.currency, sum(fresh.amount_minor), count(*)
      FROM fresh JOIN drops_ledgertransaction AS booked ON booked.id = fresh.transaction_id
     GROUP BY fresh.account, fresh.payee_id, fresh.country, booked.currency;
    RETURN NULL;
END
$$;

CREATE TRIGGER entries_are_rolled_up AFTER INSERT ON drops_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION drops_note_balance();

-- In the migration that makes the trigger, since CREATE TRIGGER keeps others from writing until the balances are whole.
INSERT INTO drops_balance (account, payee_id, country, currency, amount_minor, entries)
SELECT entry.account, entry.payee_id, entry.country, booked.currency, sum(entry.amount_minor), count(*)
  FROM drops_entry AS entry JOIN drops_ledgertransaction AS booked ON booked.id = entry.transaction_id
 GROUP BY entry.account, entry.payee_id, entry.country, booked.currency;
