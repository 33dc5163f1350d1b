-- How many units of a SKU are free, held, sold and taken out, by the claim's own predicate (free_at against the shop's
-- clock), without reading every token: the larger of "free" and "gone" is what remains when the others are counted.
-- Every statement is a range of the claim's index that ends early. STABLE makes all of them see what the caller's sees.
CREATE FUNCTION drops_units(
    p_drop_sku bigint,
    OUT total bigint, OUT free bigint, OUT held bigint, OUT sold bigint, OUT void bigint, OUT next_return_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    instant CONSTANT timestamptz := drops_statement_now();
    never CONSTANT timestamptz := '9000-01-01 00:00:00+00';
    -- The index begins with SKU and pool.
    pools CONSTANT bigint[] := ARRAY(
        SELECT pool.id
          FROM drops_dropsku AS ds
          JOIN drops_drop AS sale ON sale.id = ds.drop_id
          JOIN drops_stockpool AS pool ON pool.creator_id = sale.creator_id
         WHERE ds.id = p_drop_sku
    );
    at_most bigint := 1000;
    gone bigint;
BEGIN
    -- Tokens are numbered from one without gaps and never deleted; the proof counts them one by one.
    SELECT coalesce(max(token.ordinal), 0) INTO total FROM drops_token AS token WHERE token.drop_sku_id = p_drop_sku;
    SELECT count(*), min(token.free_at) INTO held, next_return_at
      FROM drops_token AS token
     WHERE token.drop_sku_id = p_drop_sku AND token.pool_id = ANY (pools)
       AND token.free_at > instant AND token.free_at < never;
    -- By the literal and not by `never`, so that the partial index fits.
    SELECT count(*) INTO void
      FROM drops_token AS token
     WHERE token.drop_sku_id = p_drop_sku AND token.hold_id IS NULL AND token.free_at = '9000-01-01 00:00:00+00';
    LOOP
        SELECT count(*) INTO free FROM (
            SELECT FROM drops_token AS token
             WHERE token.drop_sku_id = p_drop_sku AND token.pool_id = ANY (pools) AND token.free_at <= instant
             LIMIT at_most
        ) AS some_free;
        IF free < at_most THEN
            gone := total - held - free;
            EXIT;
        END IF;
        SELECT count(*) INTO gone FROM (
            SELECT FROM drops_token AS token
             WHERE token.drop_sku_id = p_drop_sku AND token.pool_id = ANY (pools) AND token.free_at = never
             LIMIT at_most
        ) AS some_gone;
        IF gone < at_most THEN
            free := total - held - gone;
            EXIT;
        END IF;
        at_most := at_most * 4;
    END LOOP;
    sold := gone - void;
END
$$;
