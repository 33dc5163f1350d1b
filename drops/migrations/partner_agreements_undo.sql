CREATE OR REPLACE FUNCTION drops_acceptance_is_of_a_payee() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER partneragreement_is_kept ON drops_partneragreement;
DROP TRIGGER partneragreement_begins ON drops_partneragreement;
DROP FUNCTION drops_partner_agreement_begins();
DROP TRIGGER partneragreement_ends_once ON drops_partneragreement;
DROP FUNCTION drops_partner_agreement_ends_once();
-- What was accepted of partners has no place in the tables of before.
ALTER TABLE drops_acceptance DISABLE TRIGGER acceptance_is_append_only;
DELETE FROM drops_acceptance WHERE agreement_id IS NULL;
ALTER TABLE drops_acceptance ENABLE TRIGGER acceptance_is_append_only;
