-- The claim in one round trip. What used to be some fifteen statements from Python is one call; the shopper's transaction
-- around it adds only what other floors keep for a hold (a pickup place).
--
-- Inside a VOLATILE plpgsql function every statement sees what had been committed when it began, as if Python had sent it,
-- so the rules of READ COMMITTED that the locking relies on hold unchanged. statement_timestamp() is that of the call.

-- One numbered place of an identity in a drop, if it is free. ON CONFLICT locks the row first and evaluates the WHERE
-- afterwards, so one statement is safe.
CREATE FUNCTION drops_take_place(
    p_drop bigint, p_kind text, p_key text, p_slot integer, p_hold bigint, p_free_at timestamptz
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO drops_limitslot AS place (drop_id, kind, key_hash, slot, hold_id, free_at)
    VALUES (p_drop, p_kind, p_key, p_slot, p_hold, p_free_at)
    ON CONFLICT (drop_id, kind, key_hash, slot) DO UPDATE
       SET hold_id = excluded.hold_id, free_at = excluded.free_at
     WHERE place.free_at <= drops_now();
    RETURN FOUND;
END
$$;

-- Up to so many free tokens. The CTE is materialised on purpose: `id IN (SELECT ... LIMIT)` may run again as a semi-join
-- and lock more than asked. SKIP LOCKED is safe, since the lock re-checks free_at on the newest version of the row.
CREATE FUNCTION drops_claim_tokens(p_drop_sku bigint, p_quantity integer, p_hold bigint, p_free_at timestamptz)
RETURNS TABLE (token_id bigint, token_fence bigint, previous_hold_id bigint) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN QUERY
    WITH claimable AS MATERIALIZED (
        SELECT free_token.id, free_token.hold_id AS previous_id
          FROM drops_token AS free_token
         WHERE free_token.drop_sku_id = p_drop_sku AND free_token.free_at <= drops_statement_now()
         ORDER BY free_token.free_at
         LIMIT p_quantity
           FOR UPDATE SKIP LOCKED
    )
    UPDATE drops_token AS token
       SET free_at = p_free_at, hold_id = p_hold, status = 'held', fence = token.fence + 1
      FROM claimable
     WHERE token.id = claimable.id
    RETURNING token.id, token.fence, claimable.previous_id;
END
$$;

-- Accept a quote: idempotency key, limit places, tokens, hold, its tokens and its first event, or a refusal by name.
--
-- outcome  placed        the hold is written; previous_holds are those whose lapsed units it took over
--          not_on_sale, quote_used, quote_stale, holding, limit, short
--                        refused by looking only: no row was written and none locked, the transaction has no number
--          own_stale     the shopper's own lapsed hold is in the way; close it and call again
--          answered      the key has its answer already (looked up last, so that a repeat never meets its own first try)
--          in_flight, limit_taken, short_locked
--                        found out under locks: the caller has to roll back
--
-- `short` is never a guess about locks: it counts by an unlocked read, in which a claim that has not committed still looks
-- free. So it can only err towards trying, and whoever asked why afterwards (explain_shortage) reads again.
CREATE FUNCTION drops_place_hold(
    p_quote bigint, p_ref text, p_limit_key text, p_scope text, p_key text, p_request_hash text, p_margin interval,
    p_after_base interval
) RETURNS TABLE (
    outcome text, at timestamptz, ends_at timestamptz, new_hold_id bigint, places_left integer, previous_holds bigint[]
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    quote drops_quote%ROWTYPE;
    sale drops_drop%ROWTYPE;
    own record;
    place integer := 1;
    taken integer := 0;
    token_ids bigint[];
    fences bigint[];
BEGIN
    at := drops_now();
    SELECT * INTO STRICT quote FROM drops_quote WHERE id = p_quote;
    SELECT the_drop.* INTO STRICT sale
      FROM drops_dropsku AS ds JOIN drops_drop AS the_drop ON the_drop.id = ds.drop_id WHERE ds.id = quote.drop_sku_id;

    -- Look first, in the order in which the reasons are told.
    IF NOT (sale.state IN ('open', 'scheduled') AND at < sale.closes_at AND (sale.state = 'open' OR at >= sale.opens_at)) THEN
        outcome := 'not_on_sale';
    ELSIF EXISTS (SELECT FROM drops_hold AS hold WHERE hold.quote_ref = quote.ref) THEN
        outcome := 'quote_used';
    ELSIF at >= quote.valid_until THEN
        outcome := 'quote_stale';
    ELSE
        SELECT hold.expires_at INTO own
          FROM drops_hold AS hold
         WHERE hold.shopper_id = quote.shopper_id AND hold.drop_sku_id = quote.drop_sku_id
           AND hold.state IN ('held', 'paying');
        IF FOUND THEN
            outcome := CASE WHEN own.expires_at <= at THEN 'own_stale' ELSE 'holding' END;
        ELSIF quote.quantity > (
            SELECT count(*) FROM (
                SELECT FROM drops_token AS token
                 WHERE token.drop_sku_id = quote.drop_sku_id AND token.free_at <= drops_statement_now()
                 LIMIT quote.quantity
            ) AS free_token
        ) THEN
            SELECT sale.account_limit - count(*) INTO places_left
              FROM drops_limitslot AS used
             WHERE used.drop_id = sale.id AND used.kind = 'account' AND used.key_hash = p_limit_key
               AND used.slot <= sale.account_limit AND used.free_at > at;
            outcome := CASE WHEN places_left < quote.quantity THEN 'limit' ELSE 'short' END;
        END IF;
    END IF;
    IF outcome IS NOT NULL THEN
        -- Last, because a rival under the same key may have committed what made us refuse.
        IF EXISTS (SELECT FROM drops_idempotencykey AS known WHERE known.scope = p_scope AND known.key = p_key) THEN
            outcome := 'answered';
        END IF;
        RETURN NEXT;
        RETURN;
    END IF;

    -- A rival under the same key is waited for here, and by nobody else.
    PERFORM set_config('lock_timeout', '2s', true);
    INSERT INTO drops_idempotencykey (scope, key, request_hash, answer, created_at)
    VALUES (p_scope, p_key, p_request_hash, jsonb_build_object('hold', p_ref), at)
    ON CONFLICT (scope, key) DO NOTHING;
    IF NOT FOUND THEN
        outcome := 'in_flight';
        RETURN NEXT;
        RETURN;
    END IF;

    -- One lock order for everybody: places (always upwards from 1), tokens, hold.
    new_hold_id := nextval(pg_get_serial_sequence('drops_hold', 'id'));
    ends_at := at + make_interval(mins => sale.hold_minutes);
    WHILE place <= sale.account_limit AND taken < quote.quantity LOOP
        IF drops_take_place(sale.id, 'account', p_limit_key, place, new_hold_id, ends_at + p_margin) THEN
            taken := taken + 1;
        END IF;
        place := place + 1;
    END LOOP;
    IF taken < quote.quantity THEN
        outcome := 'limit_taken';
        places_left := taken;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT array_agg(claim.token_id), array_agg(claim.token_fence),
           array_agg(DISTINCT claim.previous_hold_id) FILTER (WHERE claim.previous_hold_id IS NOT NULL)
      INTO token_ids, fences, previous_holds
      FROM drops_claim_tokens(quote.drop_sku_id, quote.quantity, new_hold_id, ends_at + p_margin) AS claim;
    IF coalesce(cardinality(token_ids), 0) < quote.quantity THEN
        outcome := 'short_locked';
        RETURN NEXT;
        RETURN;
    END IF;

    INSERT INTO drops_hold (
        id, ref, shopper_id, drop_sku_id, quantity, state, source, quote_ref, quote_hash, terms, total_minor, currency,
        delivery_method, delivery_option, created_at, base_expires_at, expires_at, hard_deadline, extensions,
        has_used_grace, is_late, close_reason, version
    ) VALUES (
        new_hold_id, p_ref, quote.shopper_id, quote.drop_sku_id, quote.quantity, 'held', 'direct', quote.ref, quote.hash,
        quote.terms, quote.total_minor, quote.currency, quote.delivery_method, quote.delivery_option, at, ends_at,
        ends_at, ends_at + p_after_base, 0, false, false, '', 1
    );
    INSERT INTO drops_holdtoken (hold_id, token_id, fence)
    SELECT new_hold_id, claimed.token_id, claimed.fence
      FROM unnest(token_ids, fences) AS claimed (token_id, fence);
    INSERT INTO drops_holdevent (hold_id, from_state, to_state, actor, reason, at)
    VALUES (new_hold_id, '', 'held', 'shopper', 'accepted', at);
    outcome := 'placed';
    RETURN NEXT;
END
$$;
