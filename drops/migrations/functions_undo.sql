DROP TRIGGER holdevent_is_append_only ON drops_holdevent;
DROP TRIGGER ledgertransaction_is_append_only ON drops_ledgertransaction;
DROP TRIGGER entry_is_append_only ON drops_entry;
DROP FUNCTION drops_refuse_change();
DROP TRIGGER ledger_transaction_balances ON drops_entry;
DROP FUNCTION drops_ledger_must_balance();
ALTER TABLE drops_token RESET (fillfactor, autovacuum_vacuum_scale_factor);
DROP FUNCTION drops_statement_now();
DROP FUNCTION drops_now();
