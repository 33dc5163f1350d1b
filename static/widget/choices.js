import { h, webAddress, icon } from "./dom.js";

/**
 * Buttons of a message. A link leaves in a new tab, `pay` opens the sheet within the same tap, anything else is told to the thread.
 * @param {Action[]|undefined} actions @param {Desk} desk
 */
export function actionRow(actions, desk) {
  if (!actions?.length) return "";
  return h(".actions", actions.map((action) => actionButton(action, desk)));
}

/** @param {Action} action @param {Desk} desk */
export function actionButton(action, desk) {
  const { kind, label, token, hold, text = label } = /** @type {any} */ (action);
  const name = `.button.${action.style === "primary" || kind === "pay" ? "primary" : "quiet"}`;
  const url = webAddress(action.url, desk.base);
  if (kind === "url") return h(`a${name}`, { part: "button", href: url, "data-k": label }, label, icon("out"));
  const button = h(`button${name}`, { part: "button", "data-k": label }, label);
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-busy")) return;
    if (kind === "pay") desk.pay(url, button);
    desk.send(hold ? { kind: "hold", token, ...hold } : token ? { kind: "action", token } : { kind: "text", text }, button);
  });
  return button;
}

/** @param {Choices} body @param {Desk} desk @param {Live} [live] */
export function choices(body, desk, live) {
  const prompt = body.prompt && h("p.prompt", body.prompt);
  return h(".choices", prompt, body.style === "chips" ? chips(body, desk, live) : options(body, desk));
}

/** @param {Choices} body @param {Desk} desk */
function options(body, desk) {
  const rows = body.options.map((option) => {
    const why = option.disabled_reason;
    const words = h("span.words", h("b", option.label), (why || option.desc) && h("small", why || option.desc));
    const row = h("button.option", { part: "button", "data-k": option.label, "aria-disabled": why && "true" }, words, icon("next", "flip"));
    row.addEventListener("click", () => !why && desk.send({ kind: "action", token: option.token }, row));
    return row;
  });
  return h(`.options.${body.style}`, { role: "group", "aria-label": body.prompt }, rows);
}

/**
 * One tap picks: a radio group with a roving tab stop. Arrows move without picking, because a pick is an answer.
 * What is sold out stays in reach and says so; the stock stream strikes and unstrikes it.
 * @param {Choices} body @param {Desk} desk @param {Live} [live]
 */
function chips(body, desk, live) {
  const row = h(".chips", { role: "radiogroup", "aria-label": body.prompt });
  const made = body.options.map((option, i) => {
    const swatch = option.swatch && h("i.swatch");
    if (swatch) swatch.style.backgroundColor = option.swatch;
    const note = h("small");
    const pill = h("button.chip", { role: "radio", part: "button", "aria-checked": "false", tabindex: i ? -1 : 0, "data-k": option.label }, swatch, h("span", option.label), note);
    strike(pill, note, option.disabled_reason || "");
    pill.addEventListener("click", () => {
      rove(pills, i);
      if (pill.getAttribute("aria-disabled") === "true") return;
      pills.forEach((other) => other.setAttribute("aria-checked", String(other === pill)));
      desk.emit("pick", { sku: option.sku, label: option.label });
      desk.send({ kind: "action", token: option.token }, pill);
    });
    return { pill, note, option };
  });
  const pills = made.map(({ pill }) => pill);
  row.append(...pills);
  row.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const at = pills.indexOf(/** @type {any} */ (event.target));
    const right = getComputedStyle(row).direction === "rtl" ? -1 : 1;
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: right, ArrowLeft: -right, ArrowDown: 1, ArrowUp: -1, Home: -at, End: pills.length - 1 - at };
    const step = steps[event.key];
    if (step === undefined || at < 0) return;
    event.preventDefault();
    rove(pills, (at + step + pills.length) % pills.length).focus();
  });
  if (live) desk.stock(row, live, (stock) => {
    for (const { pill, note, option } of made) {
      const count = stock.skus.find(({ sku }) => sku === option.sku);
      if (count) strike(pill, note, count.available ? "" : desk.words.say(count.held + count.kept ? "allOnHold" : "soldOut"));
    }
  });
  return row;
}

/** @param {HTMLElement[]} pills @param {number} to */
function rove(pills, to) {
  pills.forEach((pill, i) => (pill.tabIndex = i === to ? 0 : -1));
  return pills[to];
}

/** @param {HTMLElement} pill @param {HTMLElement} note @param {string} why */
function strike(pill, note, why) {
  if (note.textContent === why) return;
  note.textContent = why;
  why ? pill.setAttribute("aria-disabled", "true") : pill.removeAttribute("aria-disabled");
}
