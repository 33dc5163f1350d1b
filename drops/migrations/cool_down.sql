-- The holds that a shopper abandoned in the drop of a SKU, and until when each of them makes them wait: 0, 60, then 300
-- seconds. drops/risk/cooldowns.py says the same in Python and says why; a test compares the two on random histories. This file is
-- always the newest, as place_holds.sql is.
--
-- Looks by the index on the shopper, at their own holds of one drop: a handful of rows. STABLE, and it goes by the instant
-- that it is given, so that a claim and its explanation agree. plpgsql and not SQL, because its plans are kept between
-- calls; always by index, because one that was made while the tables were empty would be kept too.
CREATE FUNCTION drops_abandoned(p_shopper bigint, p_drop_sku bigint, p_at timestamptz)
RETURNS TABLE (ended_at timestamptz, cools_until timestamptz) LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
    WITH abandoned AS (
        SELECT CASE
                   WHEN hold.state = 'released' THEN hold.closed_at
                   -- One whose payment was stopped during the grace is over before the end that its row says.
                   ELSE least(hold.expires_at, hold.closed_at)
               END AS end_at
          FROM drops_hold AS hold
          JOIN drops_dropsku AS its ON its.id = hold.drop_sku_id
          JOIN drops_dropsku AS asked ON asked.id = p_drop_sku AND asked.drop_id = its.drop_id
         WHERE hold.shopper_id = p_shopper
           -- Not an offer of the waitlist that nobody answered, nor a hold by hand; one that a helper placed only once the
           -- shopper began to pay for it or asked for more time.
           AND (hold.source = 'direct' OR hold.source = 'helper' AND (hold.has_used_grace OR hold.extensions > 0))
           AND (
                hold.state = 'expired'
                OR hold.state IN ('held', 'paying') AND hold.expires_at <= p_at
                OR hold.state = 'released' AND 2 * (hold.closed_at - hold.created_at) > hold.expires_at - hold.created_at
           )
           AND NOT EXISTS (
                SELECT FROM drops_payment AS payment WHERE payment.hold_id = hold.id AND payment.state = 'failed'
           )
    )
    SELECT abandoned.end_at,
           abandoned.end_at + CASE row_number() OVER (ORDER BY abandoned.end_at)
               WHEN 1 THEN interval '0' WHEN 2 THEN interval '60 seconds' ELSE interval '300 seconds'
           END
      FROM abandoned;
END
$$;

-- Until when a shopper may not hold in the drop of a SKU; null if they may. Most have held nothing before, and are let
-- through after one look. A creator's "allow" lifts it: they know the person.
CREATE FUNCTION drops_cool_until(p_shopper bigint, p_drop_sku bigint, p_at timestamptz)
RETURNS timestamptz LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    cools_until timestamptz;
BEGIN
    IF NOT EXISTS (SELECT FROM drops_hold AS hold WHERE hold.shopper_id = p_shopper) THEN
        RETURN NULL;
    END IF;
    SELECT max(past.cools_until) INTO cools_until
      FROM drops_abandoned(p_shopper, p_drop_sku, p_at) AS past
     WHERE past.cools_until > p_at;
    IF cools_until IS NULL OR 'allow' IS NOT DISTINCT FROM (
        SELECT word.verdict
          FROM drops_overrule AS word
         WHERE word.shopper_id = p_shopper AND word.trait = 'account' AND word.lifted_at IS NULL
           AND (word.until IS NULL OR word.until > p_at)
         ORDER BY word.at DESC, word.id DESC
         LIMIT 1
    ) THEN
        RETURN NULL;
    END IF;
    RETURN cools_until;
END
$$;
