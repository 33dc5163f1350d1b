-- Until now a payment went back once and whole, and nothing said whose order it was. Money that never had an order has
-- its own transaction in the ledger; every other refund is of the order of its payment's hold.

UPDATE drops_refund AS refund SET order_id = bought.id, number = 1
  FROM drops_payment AS payment
  JOIN drops_order AS bought ON bought.hold_id = payment.hold_id AND bought.state = 'refunded'
 WHERE payment.id = refund.payment_id
   AND NOT EXISTS (SELECT 1 FROM drops_ledgertransaction AS t WHERE t.cause = 'unowned:' || payment.ref);

UPDATE drops_orderunit AS unit SET refund_id = refund.id
  FROM drops_orderline AS line
  JOIN drops_refund AS refund ON refund.order_id = line.order_id
 WHERE line.id = unit.line_id;

UPDATE drops_payment AS payment
   SET refunded_minor = sums.total, overpaid_minor = greatest(0, sums.total - payment.amount_minor)
  FROM (SELECT payment_id, sum(amount_minor) AS total FROM drops_refund GROUP BY payment_id) AS sums
 WHERE sums.payment_id = payment.id;
