import { actionRow } from "./choices.js";
import { h, icon } from "./dom.js";
import { RUNNING, hold, titleOf } from "./tickets.js";

/** A hold that is over: paid, let go, or run out. @param {any} body @param {Desk} desk */
export function ended(body, desk) {
  const isPaid = body.state === "converted";
  const over = isPaid ? "paid" : body.state === "released" ? "letGo" : "holdEnded";
  desk.tell(isPaid ? "paid" : "hold-expired", { hold: body.hold, state: body.state });
  return h(`article.ticket.torn.${body.state}`, { part: "card" }, h(".stub", h("b", desk.words.say(over)), h("span.note", titleOf(body, desk))),
    body.actions?.length ? h(".rest", actionRow(body.actions, desk)) : "");
}

/** At zero the shop says what became of the hold; the thread's own revision follows when it follows. @param {any} body @param {Desk} desk @param {Element} ticket */
export async function truth(body, desk, ticket) {
  try {
    const now = await desk.api.ask("GET", `holds/${body.hold}`);
    const isOver = !["held", "paying"].includes(now.state) || desk.clock.until(now.expires_at) === 0;
    if (!ticket.parentNode) return;
    const state = now.state === "confirmed" ? "converted" : isOver ? (now.state === "released" ? "released" : "expired") : body.state;
    const latest = { ...body, state, expires_at: now.expires_at, actions: isOver ? [] : body.actions };
    ticket.replaceWith((isOver ? ended : hold)(latest, { ...desk, tell: desk.emit }));
  } catch {
    setTimeout(() => ticket.parentNode && truth(body, desk, ticket), 3000);
  }
}

const SAY_AT = [10, 5, 2, 1];

/** Tell those who listen how much of their hold is left, at a few round minutes. @param {number} n @param {boolean} canExtend @param {Desk} desk */
export function sayMinutes(n, canExtend, { words, say }) {
  if (!SAY_AT.includes(n)) return;
  const form = `minutes_${new Intl.PluralRules(words.locale).select(n)}`;
  const text = words.say(words.knows(form) ? form : "minutes_other", { n });
  say(n === 1 && canExtend ? `${text} ${words.say("moreTime")}` : text);
}

/** @param {any} body @param {Desk} desk */
export function notice(body, desk) {
  const level = body.level === "warn" || body.level === "bad" ? body.level : "info";
  return h(`.notice.${level}`, icon(level === "info" ? "info" : "warn"), h("div", h("p", body.text), actionRow(body.actions, desk)));
}
