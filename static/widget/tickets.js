import { actionButton, actionRow } from "./choices.js";
import { h, write } from "./dom.js";
import { later } from "./later.js";

/** @param {any[]} lines @param {any} total @param {Desk} desk */
export function sums(lines, total, desk) {
  const row = (/** @type {any} */ { label, amount }, /** @type {string} */ look) => h("div", { class: look }, h("dt", label), h("dd", amount?.text ?? amount));
  return h("dl.sums", lines.map((line) => row(line, line.look || "")), total && row({ label: desk.words.say("total"), amount: total }, "total"));
}

/** The whole price, like a receipt, before anything is held. @param {any} body @param {Desk} desk */
export function quote(body, desk) {
  const stands = h("p.note");
  if (body.valid_until && body.actions?.length) {
    desk.tick(stands, () => write(stands, desk.clock.until(body.valid_until)
      ? desk.words.say("priceUntil", { time: desk.words.date(body.valid_until, { timeStyle: "medium" }) })
      : desk.words.say("priceOver")));
  }
  const within = (body.of_which || []).map((/** @type {any} */ line) => ({ ...line, look: "within", label: desk.words.say("ofWhich", line) }));
  desk.tell("quote", { quote: body.quote, total: body.total });
  const receipt = h("article.card.receipt", { part: "card", "aria-label": body.title },
    h(".inner", h("h3", body.title), h("p.note", body.delivery.text)),
    sums([...body.lines, ...within], body.total, desk),
    h(".inner.small", body.returns_text && h("p.note", body.returns_text), stands),
    actionRow(body.actions, desk));
  later(({ beside }) => beside(receipt, body, desk));
  return receipt;
}

export const RUNNING = ["active", "extended", "paying"];

/** @param {any} body @param {Desk} desk */
export const titleOf = ({ quantity, title }, { words }) => (quantity > 1 ? words.say("quantity", { n: quantity, title }) : title);

/** A market ticket with the server's time on it, while it runs. @param {any} body @param {Desk} desk */
export function hold(body, desk) {
  const { words, clock } = desk;
  const title = titleOf(body, desk);
  const left = h("b.countdown", { role: "timer", "aria-live": "off", "aria-label": words.say("time") });
  const bar = h("i");
  const state = h("span.note", body.state === "paying" ? words.say("paying") : title);
  const [pay, ...others] = [...(body.actions || [])].sort((a, b) => Number(b.kind === "pay") - Number(a.kind === "pay"));
  const [release, ...more] = others;
  const ticket = h("article.ticket", { part: "card", "aria-label": `${words.say("held")}: ${title}` },
    h(".stub", h(".pair", h("h3", words.say("held")), state), left),
    h(".rest",
      h(".bar", { "aria-hidden": "true" }, bar),
      pay && h(".twins", actionButton({ ...pay, style: "primary" }, desk), release && actionButton(release, desk)),
      more.map((action) => Object.assign(actionButton(action, desk), { className: "button link" }))));
  const whole = Math.max(1, Date.parse(body.expires_at) - Date.parse(body.starts_at || body.server_time));
  let said = Math.ceil(clock.until(body.expires_at) / 60e3);
  let hasAsked = false;
  desk.tick(ticket, () => {
    const ms = clock.until(body.expires_at);
    const seconds = Math.ceil(ms / 1000);
    write(left, `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
    bar.style.transform = `scaleX(${Math.min(1, ms / whole)})`;
    const minutes = Math.ceil(ms / 60e3);
    if (minutes < said) later(({ sayMinutes }) => sayMinutes(minutes, more.length > 0, desk));
    said = minutes;
    if (ms || hasAsked || body.state === "paying") return;
    hasAsked = true;
    later(({ truth }) => {
      write(state, words.say("checking"));
      truth(body, desk, ticket);
    });
  });
  desk.tell("hold", { hold: body.hold, expires_at: body.expires_at, state: body.state });
  return ticket;
}
