-- What was issued stays, and so does how it looked. A mistake is put right by a credit note.
CREATE TRIGGER document_is_append_only BEFORE UPDATE OR DELETE ON drops_document
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
CREATE TRIGGER documentprint_is_append_only BEFORE UPDATE OR DELETE ON drops_documentprint
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();

-- Each number follows one that is there, whoever writes: with the unique number this leaves no room for a gap.
CREATE FUNCTION drops_document_must_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number > 1 AND NOT EXISTS (
        SELECT FROM drops_document AS before
         WHERE before.creator_id = NEW.creator_id AND before.series = NEW.series AND before.year = NEW.year
           AND before.number = NEW.number - 1
    ) THEN
        RAISE EXCEPTION 'document % of % % would leave a gap', NEW.number, NEW.series, NEW.year
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_numbers_without_gap';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER document_numbers_without_gap BEFORE INSERT ON drops_document
    FOR EACH ROW EXECUTE FUNCTION drops_document_must_follow();
