import { actionButton, actionRow } from "./choices.js";
import { h, write } from "./dom.js";

/** @param {any[]} lines @param {any} total @param {Desk} desk */
export function sums(lines, total, desk) {
  const row = (/** @type {any} */ { label, amount }, /** @type {string} */ look) => h("div", { class: look }, h("dt", {}, label), h("dd", {}, amount?.text ?? amount));
  return h("dl", { class: "sums" }, lines.map((line) => row(line, line.look || "")), total && row({ label: desk.words.say("total"), amount: total }, "total"));
}

/** @param {any} delivery @param {Desk} desk */
export function promise(delivery, desk) {
  if (!delivery) return "";
  const { text, label, earliest_date, latest_date } = delivery;
  return h("p", { class: "note" }, text || [label, earliest_date && desk.words.days(earliest_date, latest_date)].filter(Boolean).join(" · "));
}

/** The whole price, like a receipt, before anything is held. @param {any} body @param {Desk} desk */
export function quote(body, desk) {
  const stands = h("p", { class: "note" });
  if (body.valid_until && body.actions?.length) {
    desk.tick(stands, () => write(stands, desk.clock.until(body.valid_until)
      ? desk.words.say("priceUntil", { time: desk.words.date(body.valid_until, { timeStyle: "medium" }) })
      : desk.words.say("priceOver")));
  }
  const within = (body.of_which || []).map((/** @type {any} */ line) => ({ ...line, look: "within", label: desk.words.say("ofWhich", line) }));
  desk.tell("quote", { quote: body.quote, total: body.total });
  return h("article", { class: "card receipt", part: "card", "aria-label": body.title },
    h("div", { class: "inner" }, h("h3", {}, body.title), promise(body.delivery, desk)),
    sums([...body.lines, ...within], body.total, desk),
    h("div", { class: "inner small" }, body.returns_text && h("p", { class: "note" }, body.returns_text), stands),
    actionRow(body.actions, desk));
}

const RUNNING = ["active", "extended", "paying"];
const SAY_AT = [10, 5, 2, 1];

/** A market ticket with the server's time on it. @param {any} body @param {Desk} desk */
export function hold(body, desk) {
  const { words, clock } = desk;
  const title = body.quantity > 1 ? words.say("quantity", { n: body.quantity, title: body.title }) : body.title;
  const over = body.state === "released" ? "letGo" : "holdEnded";
  if (!RUNNING.includes(body.state)) {
    const text = body.state === "converted" ? words.say("paid") : words.say(over);
    desk.tell(body.state === "converted" ? "paid" : "hold-expired", { hold: body.hold, state: body.state });
    return h("article", { class: `ticket torn ${body.state}`, part: "card" }, h("div", { class: "stub" }, h("b", {}, text), h("span", { class: "note" }, title)),
      body.actions?.length ? h("div", { class: "rest" }, actionRow(body.actions, desk)) : "");
  }
  const left = h("b", { class: "countdown", role: "timer", "aria-live": "off", "aria-label": words.say("time") });
  const bar = h("i");
  const state = h("span", { class: "note" }, body.state === "paying" ? words.say("paying") : title);
  const [pay, ...others] = [...(body.actions || [])].sort((a, b) => Number(b.kind === "pay") - Number(a.kind === "pay"));
  const [release, ...more] = others;
  const ticket = h("article", { class: "ticket", part: "card", "aria-label": `${words.say("held")}: ${title}` },
    h("div", { class: "stub" }, h("div", { class: "pair" }, h("h3", {}, words.say("held")), state), left),
    h("div", { class: "rest" },
      h("div", { class: "bar", "aria-hidden": "true" }, bar),
      pay && h("div", { class: "twins" }, actionButton({ ...pay, style: "primary" }, desk), release && actionButton(release, desk)),
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
    if (minutes < said && SAY_AT.includes(minutes)) {
      desk.say(words.count("minutes", minutes) + (minutes === 1 && more.length ? ` ${words.say("moreTime")}` : ""));
    }
    said = minutes;
    if (ms || hasAsked || body.state === "paying") return;
    hasAsked = true;
    write(state, words.say("checking"));
    truth(body, desk, ticket);
  });
  desk.tell("hold", { hold: body.hold, expires_at: body.expires_at, state: body.state });
  return ticket;
}

/** At zero the shop says what became of the hold; the thread's own revision follows when it follows. @param {any} body @param {Desk} desk @param {Element} ticket */
async function truth(body, desk, ticket) {
  try {
    const now = await desk.api.ask("GET", `holds/${body.hold}`);
    const isOver = !["held", "paying"].includes(now.state) || desk.clock.until(now.expires_at) === 0;
    if (!ticket.parentNode) return;
    const state = now.state === "confirmed" ? "converted" : isOver ? (now.state === "released" ? "released" : "expired") : body.state;
    ticket.replaceWith(hold({ ...body, state, expires_at: now.expires_at, actions: isOver ? [] : body.actions }, { ...desk, tell: desk.emit }));
  } catch {
    setTimeout(() => ticket.parentNode && truth(body, desk, ticket), 3000);
  }
}
