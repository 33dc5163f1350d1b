DROP TRIGGER refund_is_never_deleted ON drops_refund;
DROP TRIGGER refund_never_changes ON drops_refund;
DROP TRIGGER refund_is_counted ON drops_refund;
DROP FUNCTION drops_refuse_change_of_refund();
DROP FUNCTION drops_count_refund();
