-- What went back of a payment is counted where its refunds are written, so that no two of them can miss each other:
-- the second waits for the payment's row, and the check on it refuses what would be more than came in.

CREATE FUNCTION drops_count_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE drops_payment SET refunded_minor = refunded_minor + NEW.amount_minor WHERE id = NEW.payment_id;
    RETURN NEW;
END $$;

CREATE TRIGGER refund_is_counted BEFORE INSERT ON drops_refund
    FOR EACH ROW EXECUTE FUNCTION drops_count_refund();

CREATE FUNCTION drops_refuse_change_of_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A refund keeps its payment, amount and plan, and is never deleted'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'refund_never_changes';
END $$;

CREATE TRIGGER refund_never_changes BEFORE UPDATE OF payment_id, order_id, amount_minor, plan, plan_hash ON drops_refund
    FOR EACH ROW
    WHEN ((OLD.payment_id, OLD.order_id, OLD.amount_minor, OLD.plan, OLD.plan_hash)
          IS DISTINCT FROM (NEW.payment_id, NEW.order_id, NEW.amount_minor, NEW.plan, NEW.plan_hash))
    EXECUTE FUNCTION drops_refuse_change_of_refund();

CREATE TRIGGER refund_is_never_deleted BEFORE DELETE ON drops_refund
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change_of_refund();
