-- Book-keeping of lapsed holds, many in one call. Their units were free by the clock before anybody came to this; what is
-- written here are the words: "expired" on the hold, "free" on its tokens, and the step on record.
--
-- Nothing in here waits for a row. A hold that is locked is being paid, let go, extended or booked by somebody else; a
-- token that is locked is being claimed or taken out. Both are left alone: whoever comes next books the hold, and "free"
-- is a word that no rule reads. So a sweep of thousands can neither hold up a claim nor be part of a deadlock, although it
-- goes from holds to tokens and a claim goes from tokens to holds.
--
-- Limit places and places at a pickup are not touched: like tokens they carry the instant from which they are free.

-- Write down the end of holds that are locked and lapsed. One row for each.
--
-- Every row is looked up by its key. Left alone, the planner reads all tokens to find five hundred of them, which looks
-- cheap to it and grows with the drop.
CREATE FUNCTION drops_write_lapses(p_holds bigint[], p_at timestamptz)
RETURNS TABLE (hold_id bigint, hold_ref text, drop_sku_id bigint, drop_id bigint) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF coalesce(cardinality(p_holds), 0) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH ended AS (
        UPDATE drops_hold AS hold
           SET state = 'expired', closed_at = p_at, close_reason = 'time ran out', version = hold.version + 1
          FROM drops_hold AS before, drops_dropsku AS ds
         WHERE hold.id = ANY (p_holds) AND before.id = hold.id AND ds.id = hold.drop_sku_id
        RETURNING hold.id, hold.ref, hold.drop_sku_id, ds.drop_id, before.state AS from_state
    ), told AS (
        INSERT INTO drops_holdevent (hold_id, from_state, to_state, actor, reason, at)
        SELECT ended.id, ended.from_state, 'expired', 'clock', 'time ran out', p_at FROM ended
    )
    SELECT ended.id, ended.ref::text, ended.drop_sku_id, ended.drop_id FROM ended;

    -- Last, so that claims find these tokens locked for as short a time as can be. By fence: a unit that has a new owner
    -- stays with them. free_at stays as it is; it is past, and a token that keeps it is written without touching an index.
    UPDATE drops_token AS token
       SET status = 'free'
      FROM (
        SELECT own.id
          FROM drops_holdtoken AS held
          JOIN drops_token AS own ON own.id = held.token_id AND own.fence = held.fence
         WHERE held.hold_id = ANY (p_holds) AND own.status = 'held' AND own.free_at <= p_at
           FOR NO KEY UPDATE OF own SKIP LOCKED
      ) AS lapsed
     WHERE token.id = lapsed.id;
END
$$;

-- Book up to so many holds that are due, the oldest first. Holds that are being paid are not among them: a provider has the
-- word there. The instant may be older than the lock, because nobody waits in between, and a row that changed since is
-- looked at again in its newest version.
--
-- Ordered by expires_at alone: a tie-break would have to sort everything that ended in the same instant.
CREATE FUNCTION drops_lapse_due_holds(p_at timestamptz, p_margin interval, p_at_once integer)
RETURNS TABLE (hold_id bigint, hold_ref text, drop_sku_id bigint, drop_id bigint) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    due bigint[];
BEGIN
    SELECT array_agg(locked.id) INTO due
      FROM (
        SELECT hold.id
          FROM drops_hold AS hold
         WHERE hold.state = 'held' AND hold.expires_at <= p_at - p_margin
         ORDER BY hold.expires_at
         LIMIT p_at_once
           FOR NO KEY UPDATE SKIP LOCKED
      ) AS locked;
    RETURN QUERY SELECT * FROM drops_write_lapses(due, p_at);
END
$$;

-- Book those of the given holds that have lapsed, also if they were being paid: somebody has just claimed their units.
CREATE FUNCTION drops_lapse_holds(p_holds bigint[], p_at timestamptz, p_margin interval)
RETURNS TABLE (hold_id bigint, hold_ref text, drop_sku_id bigint, drop_id bigint) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    overtaken bigint[];
BEGIN
    SELECT array_agg(locked.id) INTO overtaken
      FROM (
        SELECT hold.id
          FROM drops_hold AS hold
         WHERE hold.id = ANY (p_holds) AND hold.state IN ('held', 'paying') AND hold.expires_at <= p_at - p_margin
           FOR NO KEY UPDATE SKIP LOCKED
      ) AS locked;
    RETURN QUERY SELECT * FROM drops_write_lapses(overtaken, p_at);
END
$$;

-- Half of each page stays empty when units are minted, so that both the claim and the word "free" find room on the page
-- where the token lies. The second then needs no index (HOT); a token is some hundred bytes, so this costs little.
ALTER TABLE drops_token SET (fillfactor = 50);
