-- The parts of an agreement make up the whole when the transaction commits, or it does not commit.
CREATE FUNCTION drops_agreement_must_be_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreement bigint;
    parts bigint;
BEGIN
    IF TG_TABLE_NAME = 'drops_splitagreement' THEN
        agreement := NEW.id;
    ELSE
        agreement := NEW.agreement_id;
    END IF;
    SELECT coalesce(sum(share_bp), 0) INTO parts FROM drops_agreementline WHERE agreement_id = agreement;
    IF parts <> 10000 THEN
        RAISE EXCEPTION 'the shares of agreement % sum to % basis points, not 10000', agreement, parts
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_is_whole';
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER agreement_is_whole AFTER INSERT ON drops_splitagreement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drops_agreement_must_be_whole();
CREATE CONSTRAINT TRIGGER agreement_stays_whole AFTER INSERT ON drops_agreementline
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION drops_agreement_must_be_whole();

-- What was proposed stays as it was. Only a proposal's end is written into it, once, and it is accepted only when every
-- payee has said so.
CREATE FUNCTION drops_agreement_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'proposed'
        OR (OLD.id, OLD.ref, OLD.version, OLD.creator_id, OLD.drop_id, OLD.platform_bp, OLD.platform_fixed_minor,
            OLD.valid_from, OLD.note, OLD.proposed_by, OLD.proposed_at)
        IS DISTINCT FROM
           (NEW.id, NEW.ref, NEW.version, NEW.creator_id, NEW.drop_id, NEW.platform_bp, NEW.platform_fixed_minor,
            NEW.valid_from, NEW.note, NEW.proposed_by, NEW.proposed_at)
    THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
    END IF;
    IF NEW.state = 'accepted' AND EXISTS (
        SELECT FROM drops_agreementline AS line
         WHERE line.agreement_id = NEW.id AND NOT EXISTS (
            SELECT FROM drops_acceptance AS said WHERE said.agreement_id = NEW.id AND said.payee_id = line.payee_id)
    ) THEN
        RAISE EXCEPTION 'not everybody has accepted agreement %', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_accepted_by_all';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER splitagreement_ends_once BEFORE UPDATE ON drops_splitagreement
    FOR EACH ROW EXECUTE FUNCTION drops_agreement_ends_once();

-- Whoever has no part in an agreement has nothing to accept, and nobody accepts what is over.
CREATE FUNCTION drops_acceptance_is_of_a_payee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM drops_agreementline AS line JOIN drops_splitagreement AS agreement ON agreement.id = line.agreement_id
         WHERE agreement.id = NEW.agreement_id AND agreement.state = 'proposed' AND line.payee_id = NEW.payee_id
    ) THEN
        RAISE EXCEPTION 'payee % cannot accept agreement %', NEW.payee_id, NEW.agreement_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptance_is_of_a_payee';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER acceptance_is_of_a_payee BEFORE INSERT ON drops_acceptance
    FOR EACH ROW EXECUTE FUNCTION drops_acceptance_is_of_a_payee();

CREATE TRIGGER splitagreement_is_kept BEFORE DELETE ON drops_splitagreement
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
CREATE TRIGGER agreementline_is_append_only BEFORE UPDATE OR DELETE ON drops_agreementline
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
CREATE TRIGGER acceptance_is_append_only BEFORE UPDATE OR DELETE ON drops_acceptance
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
CREATE TRIGGER acceptance_is_not_emptied BEFORE TRUNCATE ON drops_acceptance
    FOR EACH STATEMENT EXECUTE FUNCTION drops_refuse_truncate();
