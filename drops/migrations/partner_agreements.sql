-- What was proposed to a partner stays as it was. Only the proposal's end is written into it, once, and it is accepted only
-- when both the creator and the partner have said so.
CREATE FUNCTION drops_partner_agreement_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'proposed'
        OR (OLD.id, OLD.ref, OLD.version, OLD.creator_id, OLD.partner_id, OLD.fixed_minor, OLD.bp, OLD.valid_from, OLD.note,
            OLD.proposed_by, OLD.proposed_at)
        IS DISTINCT FROM
           (NEW.id, NEW.ref, NEW.version, NEW.creator_id, NEW.partner_id, NEW.fixed_minor, NEW.bp, NEW.valid_from, NEW.note,
            NEW.proposed_by, NEW.proposed_at)
    THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
    END IF;
    IF NEW.state = 'accepted' AND (
        SELECT count(*) FROM drops_acceptance AS said
         WHERE said.partner_agreement_id = NEW.id
           AND said.payee_id IN (NEW.partner_id, (SELECT payee_id FROM drops_creator WHERE id = NEW.creator_id))
    ) <> 2 THEN
        RAISE EXCEPTION 'not everybody has accepted partner agreement %', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_accepted_by_all';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER partneragreement_ends_once BEFORE UPDATE ON drops_partneragreement
    FOR EACH ROW EXECUTE FUNCTION drops_partner_agreement_ends_once();

-- Only a partner hands over, and nothing is born accepted.
CREATE FUNCTION drops_partner_agreement_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'proposed'
        OR NOT EXISTS (SELECT FROM drops_payee WHERE id = NEW.partner_id AND kind = 'partner')
    THEN
        RAISE EXCEPTION 'partner agreement % is not proposed to a partner', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'partner_agreement_begins';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER partneragreement_begins BEFORE INSERT ON drops_partneragreement
    FOR EACH ROW EXECUTE FUNCTION drops_partner_agreement_begins();

CREATE TRIGGER partneragreement_is_kept BEFORE DELETE ON drops_partneragreement
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();

-- Whoever has no part in an agreement has nothing to accept, and nobody accepts what is over: of either kind.
CREATE OR REPLACE FUNCTION drops_acceptance_is_of_a_payee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM drops_agreementline AS line JOIN drops_splitagreement AS agreement ON agreement.id = line.agreement_id
         WHERE agreement.id = NEW.agreement_id AND agreement.state = 'proposed' AND line.payee_id = NEW.payee_id
    ) AND NOT EXISTS (
        SELECT FROM drops_partneragreement AS agreement JOIN drops_creator AS creator ON creator.id = agreement.creator_id
         WHERE agreement.id = NEW.partner_agreement_id AND agreement.state = 'proposed'
           AND NEW.payee_id IN (agreement.partner_id, creator.payee_id)
    ) THEN
        RAISE EXCEPTION 'payee % cannot accept agreement %', NEW.payee_id,
            coalesce(NEW.agreement_id, NEW.partner_agreement_id)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptance_is_of_a_payee';
    END IF;
    RETURN NEW;
END
$$;
