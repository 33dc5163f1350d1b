import { RUNNING } from "./tickets.js";

/**
 * Go along with a live message: whoever asks the thread for another language gets it from the widget as well. Tells whether it
 * says what became of a payment, so that the till can be put away.
 * @param {HTMLElement} el @param {{language: string}} words @param {Message} message
 */
export function follow(el, { language }, { type, from, body, locale }) {
  if (from !== "shopper" && locale.split("-")[0] !== language) el.dataset.locale = locale;
  return type === "receipt" || (type === "hold" && !RUNNING.includes(body.state)) || (type === "notice" && /^(payment|paid|late)/.test(body.code || ""));
}
