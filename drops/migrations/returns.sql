-- What was done about a return, and by whom, stays as it was written.
CREATE TRIGGER returnevent_is_append_only BEFORE UPDATE OR DELETE ON drops_returnevent
    FOR EACH ROW EXECUTE FUNCTION drops_refuse_change();
