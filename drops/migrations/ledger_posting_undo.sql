DROP TRIGGER entries_are_rolled_up ON drops_entry;
DROP FUNCTION drops_note_balance();
DROP TRIGGER ledgertransaction_is_not_emptied ON drops_ledgertransaction;
DROP TRIGGER entry_is_not_emptied ON drops_entry;
DROP FUNCTION drops_refuse_truncate();
DROP TRIGGER ledger_transaction_says_something ON drops_ledgertransaction;
DROP FUNCTION drops_ledger_must_say_something();
DROP FUNCTION drops_post_capture(text, text, text, bigint, bigint, timestamptz);
DROP FUNCTION drops_post(text, text, text, text, timestamptz, text[], bigint[], text[], bigint[], text[]);
