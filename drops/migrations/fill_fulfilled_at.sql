-- When orders were handed over that are so already: as their parcel or pickup says it, where there is one.
-- The rooms' tables are asked for by name: they are above this floor, and may not be there yet.
DO $$
BEGIN
    IF to_regclass('fulfillment_parcel') IS NOT NULL THEN
        UPDATE drops_order AS sold SET fulfilled_at = parcel.shipped_at
          FROM fulfillment_parcel AS parcel
         WHERE parcel.order_id = sold.id AND sold.state = 'fulfilled' AND parcel.shipped_at IS NOT NULL;
    END IF;
    IF to_regclass('pickups_pickupevent') IS NOT NULL THEN
        UPDATE drops_order AS sold SET fulfilled_at = handed.at
          FROM (SELECT pickup.order_id, max(event.at) AS at
                  FROM pickups_pickupevent AS event
                  JOIN pickups_pickupunit AS unit ON unit.id = event.unit_id
                  JOIN pickups_pickup AS pickup ON pickup.id = unit.pickup_id
                 WHERE event.to_state = 'handed_over'
                 GROUP BY pickup.order_id) AS handed
         WHERE handed.order_id = sold.id AND sold.state = 'fulfilled';
    END IF;
END
$$;

-- Nothing is known of the others but that it happened: by the last day that was promised, to be on the safe side.
UPDATE drops_order
   SET fulfilled_at = greatest(paid_at, coalesce((terms -> 'delivery' ->> 'latest_date')::date + interval '1 day', paid_at))
 WHERE state = 'fulfilled' AND fulfilled_at IS NULL;
