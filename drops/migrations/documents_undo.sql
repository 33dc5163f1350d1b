DROP TRIGGER document_numbers_without_gap ON drops_document;
DROP FUNCTION drops_document_must_follow();
DROP TRIGGER documentprint_is_append_only ON drops_documentprint;
DROP TRIGGER document_is_append_only ON drops_document;
