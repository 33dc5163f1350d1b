-- What was kept of the payments of before stands in the ledger. Stripe may have told a fee of nothing too early: it is asked again.
UPDATE drops_payment AS payment
   SET fee_minor = nullif(kept.amount, CASE payment.provider WHEN 'stripe' THEN 0 END),
       fee_look_at = CASE WHEN payment.provider = 'stripe' AND kept.amount = 0 THEN drops_now() END
  FROM (SELECT paid.id,
               coalesce((SELECT -sum(entry.amount_minor)
                           FROM drops_ledgertransaction AS booked JOIN drops_entry AS entry ON entry.transaction_id = booked.id
                          WHERE booked.cause IN ('capture:' || paid.ref, 'fee:' || paid.ref)
                            AND entry.account IN ('cash', 'clearing')), 0) AS amount
          FROM drops_payment AS paid WHERE paid.state IN ('captured', 'refunded')) AS kept
 WHERE kept.id = payment.id;
