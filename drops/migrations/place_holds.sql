-- The claim: many accepted quotes become holds in one round trip and one transaction, or each is told why not.
--
-- One function for both doors. HTTP sends what its threads have at hand, a socket process what its sockets sent; a batch of
-- one is the direct path. Wishes are answered in the order in which they arrived, each for itself: one that is refused
-- leaves nothing behind, and fails nobody else.
--
-- Inside a VOLATILE plpgsql function every statement sees what had been committed when it began, as if Python had sent it,
-- so the rules of READ COMMITTED that the locking relies on hold unchanged. statement_timestamp() is that of the call.
-- Nothing here grows with the number of tokens, holds or shoppers: each look is a few steps down an index.
--
-- This file is always the newest. A change of it comes with a migration that takes the old functions away and runs it
-- again; on a new database its first run may name tables that are made only by then, which plpgsql does not mind.

-- One numbered place of an identity in a drop, wanted for a hold.
CREATE TYPE drops_place AS (
    k integer, drop_id bigint, kind text, key_hash text, slot integer, hold_id bigint, free_at timestamptz
);

-- Take those of the places that are free; returns their k. Locks in the order of the keys. ON CONFLICT locks a row first
-- and evaluates the WHERE afterwards, so one statement is safe.
CREATE FUNCTION drops_take_places(p_places drops_place[]) RETURNS SETOF integer LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN QUERY
    WITH taken AS (
        INSERT INTO drops_limitslot AS place (drop_id, kind, key_hash, slot, hold_id, free_at)
        SELECT wanted.drop_id, wanted.kind, wanted.key_hash, wanted.slot, wanted.hold_id, wanted.free_at
          FROM unnest(p_places) AS wanted
         ORDER BY wanted.drop_id, wanted.kind, wanted.key_hash, wanted.slot
        ON CONFLICT (drop_id, kind, key_hash, slot) DO UPDATE
           SET hold_id = excluded.hold_id, free_at = excluded.free_at
         WHERE place.free_at <= drops_now()
        RETURNING place.kind, place.key_hash, place.hold_id
    )
    SELECT wanted.k
      FROM unnest(p_places) AS wanted
      JOIN taken ON (taken.kind, taken.key_hash, taken.hold_id) = (wanted.kind, wanted.key_hash, wanted.hold_id);
END
$$;

-- Units wanted of one SKU and pool, for one hold.
CREATE TYPE drops_wanted AS (n integer, hold_id bigint, quantity integer, free_at timestamptz);

-- Claim free tokens for several holds, all or nothing for each, in the order of n. The CTE is materialised on purpose:
-- `id IN (SELECT ... LIMIT)` may run again as a semi-join and lock more than asked. SKIP LOCKED is safe, since the lock
-- re-checks free_at on the newest version of the row. A token that was locked for somebody who then wants more than there
-- are stays as it is. So do the p_kept units that people in line come first for: they are locked as well, because one that
-- another claim has its hand on is not there for them.
CREATE FUNCTION drops_claim_tokens(p_drop_sku bigint, p_pool bigint, p_wanted drops_wanted[], p_kept integer)
RETURNS TABLE (n integer, hold_id bigint, token_id bigint, token_fence bigint, previous_hold_id bigint)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH wanted AS (
        SELECT wanted.n, wanted.hold_id, wanted.free_at, wanted.quantity,
               sum(wanted.quantity) OVER (ORDER BY wanted.n) AS upto
          FROM unnest(p_wanted) AS wanted
    ), claimable AS MATERIALIZED (
        SELECT token.id, token.hold_id AS previous_id
          FROM drops_token AS token
         WHERE token.drop_sku_id = p_drop_sku AND token.pool_id = p_pool AND token.free_at <= drops_statement_now()
         ORDER BY token.free_at
         LIMIT (SELECT max(upto) + p_kept FROM wanted)
           FOR UPDATE SKIP LOCKED
    ), unit AS MATERIALIZED (
        SELECT id, previous_id, row_number() OVER () AS number, count(*) OVER () AS units FROM claimable
    )
    UPDATE drops_token AS token
       SET free_at = wanted.free_at, hold_id = wanted.hold_id, status = 'held', fence = token.fence + 1
      FROM unit
      JOIN wanted ON unit.number > wanted.upto - wanted.quantity AND unit.number <= wanted.upto
                 AND wanted.upto + p_kept <= unit.units
     WHERE token.id = unit.id
    RETURNING wanted.n, wanted.hold_id, token.id, token.fence, unit.previous_id;
END
$$;

-- A wish after the look. `verdict` is empty while nothing speaks against it; then it has the number of a hold to be.
CREATE TYPE drops_looked AS (
    n integer, verdict text, ref text, scope text, key text, request_hash text, source text, shopper_id bigint,
    quote_id bigint, drop_id bigint, drop_sku_id bigint, pool_id bigint, quantity integer, hold_id bigint,
    ends_at timestamptz, left_over integer, until timestamptz, other text, actor text
);

-- One identity of one wish: as many of its numbered places as the wish has units are needed.
CREATE TYPE drops_identified AS (
    k integer, n integer, drop_id bigint, kind text, key_hash text, places integer, quantity integer
);

-- Look at each wish: who asks, for what, and what speaks against it. No write and no lock. The verdicts, in the order in
-- which the reasons are told:
--
--   quote_unknown, quote_changed, not_on_sale, quote_used
--   not_entitled      members are first (entitled.sql), until = when everybody may
--   quote_stale       until = its end
--   holding           other = the shopper's live hold, until = its end
--   blocked, step_up  what was thought of the wish when its price was made (drops/sales/assessing.py)
--   slow_down         others go first, until = for how long
--   cooling_down      they abandoned holds of this drop, until = when they may hold again (cool_down.sql)
--   own_stale         their own lapsed hold is in the way: close it and come again
--   alone             its delivery keeps something scarce as well, so it is not admitted in a batch
--   limit             left_over = places left, other = by which kind of identity
--   leaving           free units are to leave the drop first (its shortfall): see to it and come again
--   short             left_over = units a claim could have, until = when the next one returns, other = how many more are
--                     free and kept for people in line (waitlist.sql)
--   again             an earlier wish of the same batch has to be answered first
--   answered          the key has its answer already; asked last, so that a repeat never meets its own first try
--
-- `short` is never a guess about locks: it counts by an unlocked read, in which a claim that has not committed still looks
-- free. So it can only err towards trying again.
--
-- Small statements, one after the other, on purpose: each has one index that fits and keeps it, whereas one large
-- statement was planned for tables as they were when a drop opened, and grew with the holds in them.
CREATE FUNCTION drops_look(
    p_wishes jsonb, p_at timestamptz, p_scarce text[], OUT looked drops_looked[], OUT identities drops_identified[]
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    wish record;
    quote record;
    sale record;
    own record;
    identity record;
    verdict text;
    left_over integer;
    until timestamptz;
    other text;
    used integer;
    seen text[] := '{}';  -- identities that an earlier wish of the batch speaks for
    is_second boolean;
    shelves text[] := '{}';  -- SKU and pool, with what the batch may still have of each
    units integer[] := '{}';
    unpromised integer[] := '{}';
    kept integer[] := '{}';
    ahead integer;
    shelf integer;
    hold_id bigint;
    cools_until timestamptz;
BEGIN
    FOR wish IN
        SELECT * FROM ROWS FROM (
            jsonb_to_recordset(p_wishes) AS (
                shopper text, quote text, hash text, ref text, scope text, key text, request_hash text, account_key text,
                source text, lasts interval, actor text
            )
        ) WITH ORDINALITY AS wish (
            shopper, quote, hash, ref, scope, key, request_hash, account_key, source, lasts, actor, n
        )
    LOOP
        verdict := NULL;
        left_over := NULL;
        until := NULL;
        other := NULL;
        hold_id := NULL;
        SELECT asked.id, asked.hash, asked.shopper_id, asked.drop_sku_id, asked.pool_id, asked.quantity::integer,
               asked.valid_until, asked.delivery_method, asked.verdict, asked.hold_after
          INTO quote
          FROM drops_quote AS asked JOIN drops_shopper AS shopper ON shopper.id = asked.shopper_id
         WHERE asked.ref = wish.quote AND shopper.ref = wish.shopper;
        SELECT the_drop.id, the_drop.state, the_drop.opens_at, the_drop.closes_at, the_drop.hold_minutes,
               CASE WHEN the_drop.members_first_minutes > 0
                    THEN the_drop.opens_at + make_interval(mins => the_drop.members_first_minutes) END AS for_all_at,
               the_drop.account_limit::integer,
               coalesce(the_drop.household_limit, 2 * the_drop.account_limit)::integer AS household_limit,
               -- What is to leave this pool; the SKU's own sum spares the look almost always.
               coalesce((SELECT lot.shortfall FROM drops_lot AS lot
                          WHERE drop_sku.shortfall > 0 AND lot.drop_sku_id = drop_sku.id
                            AND lot.pool_id = quote.pool_id), 0) AS shortfall
          INTO sale
          FROM drops_dropsku AS drop_sku JOIN drops_drop AS the_drop ON the_drop.id = drop_sku.drop_id
         WHERE drop_sku.id = quote.drop_sku_id;
        SELECT hold.ref, hold.expires_at INTO own
          FROM drops_hold AS hold
         WHERE hold.shopper_id = quote.shopper_id AND hold.drop_sku_id = quote.drop_sku_id
           AND hold.state IN ('held', 'paying');
        -- What the waitlist offers is nobody's own haste: there only a block counts. What one of the creator's people holds
        -- for somebody is judged as if they had tapped it.
        cools_until := CASE
            WHEN wish.source IN ('direct', 'helper') THEN drops_cool_until(quote.shopper_id, quote.drop_sku_id, p_at)
        END;

        IF quote.id IS NULL THEN
            verdict := 'quote_unknown';
        ELSIF quote.hash <> wish.hash THEN
            verdict := 'quote_changed';
        ELSIF NOT (sale.state IN ('open', 'scheduled') AND p_at < sale.closes_at
                   AND (sale.state = 'open' OR p_at >= sale.opens_at)) THEN
            verdict := 'not_on_sale';
        ELSIF EXISTS (SELECT FROM drops_hold AS hold WHERE hold.quote_ref = wish.quote) THEN
            verdict := 'quote_used';
        ELSIF p_at < sale.for_all_at AND wish.source <> 'admin'
              AND NOT drops_is_entitled(quote.shopper_id, sale.id) THEN
            verdict := 'not_entitled';
            until := sale.for_all_at;
        ELSIF p_at >= quote.valid_until THEN
            verdict := 'quote_stale';
            until := quote.valid_until;
        ELSIF own.expires_at > p_at THEN
            verdict := 'holding';
            until := own.expires_at;
            other := own.ref;
        ELSIF quote.verdict = 'block' AND wish.source <> 'admin' THEN
            verdict := 'blocked';
        ELSIF quote.verdict = 'step_up' AND wish.source IN ('direct', 'helper') THEN
            verdict := 'step_up';
        ELSIF p_at < quote.hold_after AND wish.source IN ('direct', 'helper') THEN
            verdict := 'slow_down';
            until := quote.hold_after;
        ELSIF cools_until IS NOT NULL THEN
            verdict := 'cooling_down';
            until := cools_until;
        ELSIF own.ref IS NOT NULL THEN
            verdict := 'own_stale';
        ELSIF jsonb_array_length(p_wishes) > 1 AND quote.delivery_method = ANY (p_scarce) THEN
            verdict := 'alone';
        ELSE
            is_second := false;
            FOR identity IN
                SELECT 'account' AS kind, wish.account_key AS key_hash, sale.account_limit AS places
                UNION ALL
                SELECT known.kind, known.key_hash,
                       CASE WHEN known.kind = 'device' THEN sale.household_limit ELSE sale.account_limit END
                  FROM drops_identity AS known
                 WHERE known.shopper_id = quote.shopper_id
            LOOP
                SELECT count(*) INTO used
                  FROM drops_limitslot AS place
                 WHERE place.drop_id = sale.id AND place.kind = identity.kind AND place.key_hash = identity.key_hash
                   AND place.slot <= identity.places AND place.free_at > p_at;
                IF identity.places - used < quote.quantity
                   AND (verdict IS NULL OR identity.places - used < left_over) THEN
                    verdict := 'limit';
                    left_over := identity.places - used;
                    other := identity.kind;
                END IF;
                is_second := is_second OR format('%s %s %s', sale.id, identity.kind, identity.key_hash) = ANY (seen);
                seen := seen || format('%s %s %s', sale.id, identity.kind, identity.key_hash);
                identities := identities || ROW (
                    coalesce(cardinality(identities), 0) + 1, wish.n, sale.id, identity.kind, identity.key_hash,
                    identity.places, quote.quantity
                )::drops_identified;
            END LOOP;
        END IF;
        IF verdict IS NULL THEN
            -- One look for each SKU and pool, and not much further than the batch will ask for.
            shelf := array_position(shelves, format('%s %s', quote.drop_sku_id, quote.pool_id));
            IF shelf IS NULL THEN
                shelves := shelves || format('%s %s', quote.drop_sku_id, quote.pool_id);
                shelf := cardinality(shelves);
                -- Whoever comes from the line minds nobody else in it; all others come after it.
                ahead := CASE wish.source WHEN 'waitlist' THEN 0
                              ELSE drops_waiting_units(quote.drop_sku_id, quote.pool_id) END;
                SELECT count(*) INTO used FROM (
                    SELECT FROM drops_token AS token
                     WHERE token.drop_sku_id = quote.drop_sku_id AND token.pool_id = quote.pool_id
                       AND token.free_at <= drops_statement_now()
                     LIMIT 10 + 2 * jsonb_array_length(p_wishes) + ahead
                ) AS free_token;
                kept := kept || least(used, ahead);
                units := units || greatest(0, used - ahead);
                unpromised := unpromised || greatest(0, used - ahead);
            END IF;
            IF sale.shortfall > 0 AND units[shelf] + kept[shelf] > 0 THEN
                verdict := 'leaving';
            ELSIF quote.quantity > units[shelf] THEN
                verdict := 'short';
                left_over := units[shelf];
                other := kept[shelf];
                SELECT token.free_at INTO until
                  FROM drops_token AS token
                 WHERE token.drop_sku_id = quote.drop_sku_id AND token.pool_id = quote.pool_id
                   AND token.free_at > drops_statement_now() AND token.free_at < '9000-01-01 00:00:00+00'
                 ORDER BY token.free_at LIMIT 1;
                -- "Sold out" is for good, so it is never put together from two looks: a unit that was held at the first
                -- and let go before the second would be in neither.
                IF until IS NULL AND units[shelf] + kept[shelf] = 0 AND EXISTS (
                    SELECT FROM drops_token AS token
                     WHERE token.drop_sku_id = quote.drop_sku_id AND token.pool_id = quote.pool_id
                       AND token.free_at < '9000-01-01 00:00:00+00'
                ) THEN
                    verdict := 'again';
                    left_over := NULL;
                END IF;
            ELSIF is_second OR quote.quantity > unpromised[shelf] THEN
                -- Who comes behind more units than are free learns the truth once those before them have theirs.
                verdict := 'again';
            ELSE
                unpromised[shelf] := unpromised[shelf] - quote.quantity;
                hold_id := nextval('drops_hold_id_seq');
            END IF;
        END IF;
        IF verdict IS NOT NULL AND EXISTS (
            SELECT FROM drops_idempotencykey AS known WHERE known.scope = wish.scope AND known.key = wish.key
        ) THEN
            verdict := 'answered';
        END IF;
        looked := looked || ROW (
            wish.n, verdict, wish.ref, wish.scope, wish.key, wish.request_hash, wish.source, quote.shopper_id, quote.id,
            sale.id, quote.drop_sku_id, quote.pool_id, quote.quantity, hold_id,
            p_at + coalesce(wish.lasts, make_interval(mins => sale.hold_minutes)), left_over, until, other,
            wish.actor
        )::drops_looked;
    END LOOP;
END
$$;

-- The claim itself. Outcomes are the verdicts above, and
--
--   placed            the hold is written; overtaken are the holds whose lapsed units this batch took over
--
-- or what was found out under locks, given back in the same transaction:
--
--   in_flight         a rival under the same key is at it, or has just been answered
--   limit_taken       a rival took the place, or the shopper's hold, or the quote
--   again             the units were in a rival's hands: come again
CREATE FUNCTION drops_place_holds(p_wishes jsonb, p_margin interval, p_after_base interval, p_scarce text[])
RETURNS TABLE (
    outcome text, at timestamptz, ends_at timestamptz, hold_id bigint, left_over integer, until timestamptz, other text,
    overtaken bigint[], quote_id bigint, shopper_id bigint, locale text, creator_id bigint, drop_id bigint,
    drop_sku_id bigint, pool_id bigint, quantity integer, terms jsonb, total_minor integer, currency text,
    delivery_method text, delivery_option text, units integer, account_limit integer, has_other_pools boolean
) LANGUAGE plpgsql VOLATILE
-- Always by index: a batch is small, the tables are not, and a plan made while they were empty would be kept.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    clock timestamptz := drops_now();
    identities drops_identified[];
    looked drops_looked[];
    verdicts text[];  -- by a wish's number
    got integer[];  -- places, by an identity's number
    found integer[];
    overtook bigint[];
    overtaken_ids bigint[] := '{}';
    failed bigint[];
    shelf record;
    step integer := 0;
    number integer;
BEGIN
    SELECT seen.looked, seen.identities INTO looked, identities FROM drops_look(p_wishes, clock, p_scarce) AS seen;
    SELECT array_agg(wish.verdict ORDER BY wish.n) INTO verdicts FROM unnest(looked) AS wish;

    IF array_position(verdicts, NULL) IS NOT NULL THEN
        -- A rival under the same key is waited for here, and by nobody else.
        PERFORM set_config('lock_timeout', '2s', true);
        WITH kept AS (
            INSERT INTO drops_idempotencykey AS known (scope, key, request_hash, answer, created_at)
            SELECT wish.scope, wish.key, wish.request_hash, jsonb_build_object('hold', wish.ref), clock
              FROM unnest(looked) AS wish WHERE wish.verdict IS NULL ORDER BY wish.scope, wish.key
            ON CONFLICT (scope, key) DO NOTHING
            RETURNING known.answer ->> 'hold' AS ref
        )
        SELECT array_agg(wish.n) INTO found
          FROM unnest(looked) AS wish WHERE wish.verdict IS NULL AND wish.ref NOT IN (SELECT ref FROM kept);
        FOREACH number IN ARRAY coalesce(found, '{}') LOOP
            verdicts[number] := 'in_flight';
        END LOOP;

        -- One lock order for everybody: lines, places (number by number, among them by their keys), tokens, hold.
        PERFORM drops_lock_line(asked.drop_sku_id)
           FROM (SELECT DISTINCT wish.drop_sku_id FROM unnest(looked) AS wish
                  WHERE verdicts[wish.n] IS NULL ORDER BY 1) AS asked;
        got := array_fill(0, ARRAY[cardinality(identities)]);
        LOOP
            step := step + 1;
            EXIT WHEN NOT EXISTS (
                SELECT FROM unnest(identities) AS identity
                 WHERE verdicts[identity.n] IS NULL AND got[identity.k] < identity.quantity AND identity.places >= step
            );
            SELECT array_agg(k) INTO found FROM drops_take_places((
                SELECT array_agg(ROW (
                           identity.k, identity.drop_id, identity.kind, identity.key_hash, step,
                           looked[identity.n].hold_id, looked[identity.n].ends_at + p_margin
                       )::drops_place)
                  FROM unnest(identities) AS identity
                 WHERE verdicts[identity.n] IS NULL AND got[identity.k] < identity.quantity AND identity.places >= step
            )) AS k;
            FOREACH number IN ARRAY coalesce(found, '{}') LOOP
                got[number] := got[number] + 1;
            END LOOP;
        END LOOP;
        SELECT array_agg(DISTINCT identity.n) INTO found
          FROM unnest(identities) AS identity
         WHERE verdicts[identity.n] IS NULL AND got[identity.k] < identity.quantity;
        FOREACH number IN ARRAY coalesce(found, '{}') LOOP
            verdicts[number] := 'limit_taken';
        END LOOP;

        -- Units, all or nothing for each wish, in the order of arrival.
        FOR shelf IN
            SELECT wish.drop_sku_id, wish.pool_id, bool_and(wish.source = 'waitlist') AS is_offer
              FROM unnest(looked) AS wish WHERE verdicts[wish.n] IS NULL GROUP BY 1, 2 ORDER BY 1, 2
        LOOP
            WITH claimed AS MATERIALIZED (
                SELECT * FROM drops_claim_tokens(shelf.drop_sku_id, shelf.pool_id, (
                    SELECT array_agg(ROW (
                               wish.n, wish.hold_id, wish.quantity, wish.ends_at + p_margin
                           )::drops_wanted)
                      FROM unnest(looked) AS wish
                     WHERE verdicts[wish.n] IS NULL AND wish.drop_sku_id = shelf.drop_sku_id
                       AND wish.pool_id = shelf.pool_id
                ), CASE WHEN shelf.is_offer THEN 0 ELSE drops_waiting_units(shelf.drop_sku_id, shelf.pool_id) END)
            ), written AS (
                INSERT INTO drops_holdtoken (hold_id, token_id, fence) SELECT hold_id, token_id, token_fence FROM claimed
            )
            SELECT array_agg(DISTINCT claimed.n), array_agg(DISTINCT claimed.previous_hold_id) INTO found, overtook
              FROM claimed;
            overtaken_ids := overtaken_ids || array_remove(overtook, NULL);
            FOR number IN
                SELECT wish.n FROM unnest(looked) AS wish
                 WHERE verdicts[wish.n] IS NULL AND wish.drop_sku_id = shelf.drop_sku_id AND wish.pool_id = shelf.pool_id
                   AND wish.n <> ALL (coalesce(found, '{}'))
            LOOP
                verdicts[number] := 'again';
            END LOOP;
        END LOOP;

        -- The hold. A rival may have been quicker with this quote or for this shopper; the indexes say so.
        WITH placed AS (
            INSERT INTO drops_hold (
                id, ref, shopper_id, drop_sku_id, quantity, pool_id, state, source, quote_ref, quote_hash, terms, risk,
                counted_by, total_minor, currency, delivery_method, delivery_option, created_at, base_expires_at,
                expires_at, hard_deadline, extensions, has_used_grace, is_late, close_reason, version
            )
            SELECT wish.hold_id, wish.ref, quote.shopper_id, quote.drop_sku_id, quote.quantity, quote.pool_id, 'held',
                   wish.source, quote.ref, quote.hash, quote.terms, quote.risk,
                   (SELECT jsonb_agg(jsonb_build_array(identity.kind, identity.key_hash))
                      FROM unnest(identities) AS identity WHERE identity.n = wish.n),
                   quote.total_minor, quote.currency, quote.delivery_method, quote.delivery_option, clock,
                   wish.ends_at, wish.ends_at, wish.ends_at + p_after_base, 0, false, false, '', 1
              FROM unnest(looked) AS wish JOIN drops_quote AS quote ON quote.id = wish.quote_id
             WHERE verdicts[wish.n] IS NULL
             ORDER BY quote.shopper_id
            ON CONFLICT DO NOTHING
            RETURNING id, source
        ), stepped AS (
            INSERT INTO drops_holdevent (hold_id, from_state, to_state, actor, reason, at)
            SELECT id, '', 'held', CASE source WHEN 'waitlist' THEN 'shop' WHEN 'helper' THEN (
                       SELECT wish.actor FROM unnest(looked) AS wish WHERE wish.hold_id = placed.id
                   ) ELSE 'shopper' END,
                   CASE source WHEN 'waitlist' THEN 'offered' ELSE 'accepted' END, clock
              FROM placed
        )
        SELECT array_agg(wish.n) INTO found
          FROM unnest(looked) AS wish
         WHERE verdicts[wish.n] IS NULL AND wish.hold_id NOT IN (SELECT id FROM placed);
        FOREACH number IN ARRAY coalesce(found, '{}') LOOP
            verdicts[number] := 'limit_taken';
        END LOOP;

        -- Give back what was taken for wishes that failed on the way.
        SELECT array_agg(wish.hold_id) INTO failed
          FROM unnest(looked) AS wish WHERE wish.verdict IS NULL AND verdicts[wish.n] IS NOT NULL;
        IF failed IS NOT NULL THEN
            WITH theirs AS (DELETE FROM drops_holdtoken WHERE hold_id = ANY (failed) RETURNING token_id)
            UPDATE drops_token AS token SET free_at = '1970-01-01 00:00:00+00', hold_id = NULL, status = 'free'
              FROM theirs WHERE token.id = theirs.token_id;
            DELETE FROM drops_limitslot WHERE hold_id = ANY (failed);
            DELETE FROM drops_idempotencykey AS known USING unnest(looked) AS wish
             WHERE wish.hold_id = ANY (failed) AND known.scope = wish.scope AND known.key = wish.key
               AND known.answer ->> 'hold' = wish.ref;
        END IF;
    END IF;

    -- A refusal names the thing and no more of its terms: they are the longest part of an answer, and most are refused.
    RETURN QUERY
    SELECT coalesce(verdicts[wish.n], 'placed'), clock, CASE WHEN verdicts[wish.n] IS NULL THEN wish.ends_at END,
           CASE WHEN verdicts[wish.n] IS NULL THEN wish.hold_id END, wish.left_over, wish.until, wish.other, overtaken_ids,
           quote.id, quote.shopper_id, shopper.locale::text, shopper.creator_id, drop_sku.drop_id, drop_sku.id,
           quote.pool_id, quote.quantity::integer,
           CASE WHEN verdicts[wish.n] IS NULL THEN quote.terms
                ELSE jsonb_build_object('title', quote.terms -> 'title') END,
           quote.total_minor, quote.currency::text, quote.delivery_method::text, quote.delivery_option::text,
           drop_sku.planned + drop_sku.shortfall, sale.account_limit::integer,
           EXISTS (SELECT FROM drops_stockpool AS pool
                    WHERE pool.creator_id = shopper.creator_id AND NOT pool.is_store_room)
      FROM unnest(looked) AS wish
      LEFT JOIN drops_quote AS quote ON quote.id = wish.quote_id
      LEFT JOIN drops_shopper AS shopper ON shopper.id = quote.shopper_id
      LEFT JOIN drops_dropsku AS drop_sku ON drop_sku.id = quote.drop_sku_id
      LEFT JOIN drops_drop AS sale ON sale.id = drop_sku.drop_id
     ORDER BY wish.n;
END
$$;
