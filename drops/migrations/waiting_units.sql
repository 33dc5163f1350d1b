-- What comes first for those in line for a SKU (stock.md R9). This file is always the newest; each migration that changed it
-- runs it again.

-- Tell whether anybody can still be served: a line is over with its drop, whoever writes that down, and whenever.
CREATE OR REPLACE FUNCTION drops_line_goes_on(p_drop_sku bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM drops_dropsku AS ds JOIN drops_drop AS sale ON sale.id = ds.drop_id
         WHERE ds.id = p_drop_sku AND sale.state NOT IN ('closed', 'drained', 'settled')
           AND drops_statement_now() < sale.closes_at
    )
$$;

-- How many units of a SKU those in line ask for. Whoever is passed over for now keeps a place, and no units.
CREATE OR REPLACE FUNCTION drops_units_asked(p_drop_sku bigint) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(entry.quantity), 0)::integer
      FROM drops_waitlistentry AS entry
     WHERE entry.drop_sku_id = p_drop_sku AND entry.state = 'waiting' AND drops_line_goes_on(p_drop_sku)
$$;

-- How many units of a pool come first for people who wait. It is summed only where something is free, which in front of a
-- line is for as long as it takes to offer it.
CREATE OR REPLACE FUNCTION drops_waiting_units(p_drop_sku bigint, p_pool bigint) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (
               SELECT FROM drops_token AS token
                WHERE token.drop_sku_id = p_drop_sku AND token.pool_id = p_pool
                  AND token.free_at <= drops_statement_now()
           ) THEN (
               SELECT coalesce(sum(entry.quantity), 0)::integer
                 FROM drops_waitlistentry AS entry
                WHERE entry.drop_sku_id = p_drop_sku AND entry.pool_id = p_pool AND entry.state = 'waiting'
                  AND drops_line_goes_on(p_drop_sku)
           ) ELSE 0 END
$$;

-- What of a SKU's free units is kept back for its lines.
CREATE OR REPLACE FUNCTION drops_kept_units(p_drop_sku bigint) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(free_token.units), 0)::integer
      FROM (
          SELECT entry.pool_id, sum(entry.quantity) AS units
            FROM drops_waitlistentry AS entry
           WHERE entry.drop_sku_id = p_drop_sku AND entry.state = 'waiting' AND drops_line_goes_on(p_drop_sku)
           GROUP BY entry.pool_id
      ) AS line
      CROSS JOIN LATERAL (
          SELECT count(*) AS units FROM (
              SELECT FROM drops_token AS token
               WHERE token.drop_sku_id = p_drop_sku AND token.pool_id = line.pool_id
                 AND token.free_at <= drops_statement_now()
               LIMIT line.units
          ) AS unit
      ) AS free_token
$$;
