-- Who may hold while members are first in a drop: members, and whoever was given access to it, or to the creator's next
-- drop that has such a time. The claim asks it (place_holds.sql), and so do pages and chat (drops/schedule/early.py).
CREATE FUNCTION drops_is_entitled(p_shopper bigint, p_drop bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM drops_membership AS member
                    WHERE member.shopper_id = p_shopper AND member.ended_at IS NULL)
        OR EXISTS (SELECT FROM drops_earlyaccess AS access
                     JOIN drops_drop AS this_drop ON this_drop.id = p_drop
                    WHERE access.shopper_id = p_shopper AND access.withdrawn_at IS NULL
                      AND (access.drop_id = p_drop
                           OR access.drop_id IS NULL AND access.granted_at <= this_drop.opens_at
                          AND NOT EXISTS (SELECT FROM drops_drop AS earlier
                                           WHERE earlier.creator_id = this_drop.creator_id
                                             AND earlier.id <> this_drop.id
                                             AND earlier.members_first_minutes > 0 AND earlier.state <> 'draft'
                                             AND earlier.opens_at >= access.granted_at
                                             AND earlier.opens_at < this_drop.opens_at)))
$$;
