import { choices } from "./choices.js";
import { card } from "./cards.js";
import { h } from "./dom.js";
import { later } from "./later.js";
import { RUNNING, hold, quote } from "./tickets.js";

/** @type {Record<string, (body: any, desk: Desk) => Element>} */
const SHOWN_AS = { card, choices, quote, hold };

const NEAR = 240; // px from the end: whoever reads further up is left there
const ANSWERED_WITHIN = 8e3;
const IN_A_ROW = 2e3;

/** @param {string} text */
export function bubble(text) {
  return h(".bubble", text.split(/\n+/).map((line) => h("p", line)));
}

/** The messages on screen, in the order they were first said; a revision takes the place of what it revises. */
export class Log {
  /** @type {Map<string, HTMLElement>} */
  #shown = new Map();
  /** Texts on their way. @type {Map<string, HTMLElement>} */
  pending = new Map();
  /** @type {HTMLElement|null} */
  #anchor = null;
  #turnedUntil = 0;
  #saidAt = 0;
  /** @type {(() => void)[]} */
  #late = [];

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    // A region that exists before its content, says additions only, and keeps quiet while the past is read in.
    this.el = h(".log", { role: "log", tabindex: 0, "aria-live": "off", "aria-relevant": "additions", "aria-label": desk.words.say("messages") });
  }

  clear() {
    this.#shown.clear();
    this.pending.clear();
    this.el.replaceChildren();
  }

  /** @param {Message} message @param {boolean} isLive */
  show(message, isLive) {
    const old = this.#shown.get(message.id);
    const el = h("div", { class: `say ${message.from} ${isLive && !old ? "live" : ""}`, "data-id": message.id, lang: message.locale });
    if (message.from === "human") el.append(h("span.by", message.by || this.desk.name()));
    // What the past says is not news for the host page; a hold that changes is.
    const isNews = isLive && (!old || message.type === "hold");
    el.append(this.#render(message, isNews ? { ...this.desk, tell: this.desk.emit } : this.desk));
    this.#shown.set(message.id, el);
    if (old) return this.#replace(old, el);
    const follows = !isLive || performance.now() < this.#turnedUntil || this.el.scrollHeight - this.el.scrollTop - this.el.clientHeight < NEAR;
    if (this.pending.size && message.from === "shopper") later(({ meet }) => meet(this.pending, message));
    this.el.append(el);
    // What is paid needs no till.
    if (message.type === "receipt") this.el.querySelectorAll(".till .actions").forEach((/** @type {Element} */ way) => way.remove());
    if (isLive && message.from !== "shopper") this.#readFrom(el);
    if (follows) this.settle();
  }

  /** From here on, what comes is read from its beginning. */
  turn() {
    this.#anchor = null;
    this.#turnedUntil = performance.now() + ANSWERED_WITHIN;
  }

  /** The first of some messages in a row is where reading begins. @param {HTMLElement} el */
  #readFrom(el) {
    const now = performance.now();
    if (!this.#anchor?.isConnected || now - this.#saidAt > IN_A_ROW) this.#anchor = el;
    this.#saidAt = now;
  }

  /** Scroll so that the first new thing is at the top, or the last one at the bottom if all fits. */
  settle() {
    const { el } = this;
    const end = el.scrollHeight - el.clientHeight;
    const top = this.#anchor ? this.#anchor.offsetTop - el.offsetTop - 12 : end;
    el.scrollTop = Math.min(end, top);
  }

  /** @param {Pick<Message, "type"|"body"|"fallback_text">} message @param {Desk} desk @returns {Element} */
  #render({ type, body, fallback_text }, desk) {
    const plain = bubble((type === "text" && body.text) || fallback_text || "");
    if (type === "text") return plain;
    const kind = type === "hold" && !RUNNING.includes(body.state) ? "ended" : type;
    try {
      if (SHOWN_AS[kind]) return SHOWN_AS[kind](body, desk);
    } catch (problem) {
      desk.emit("error", { code: "unreadable", message: String(problem) });
      return plain;
    }
    // Words first, and the picture as soon as the part that draws it is here; a type that nobody knows keeps its words.
    this.#late.push(() => SHOWN_AS[kind] && plain.replaceWith(this.#render({ type, body, fallback_text }, desk)));
    return plain;
  }

  /** Learn to draw more. @param {typeof SHOWN_AS} shown */
  learn(shown) {
    Object.assign(SHOWN_AS, shown);
    this.#late.splice(0).forEach((draw) => draw());
    this.settle();
  }

  /** Focus is never lost: it moves to the button of the same name, or to the message. @param {HTMLElement} old @param {HTMLElement} el */
  #replace(old, el) {
    const active = /** @type {ShadowRoot} */ (old.getRootNode()).activeElement;
    const hadFocus = active && old.contains(active);
    const name = active?.getAttribute("data-k");
    old.replaceWith(el);
    if (this.#anchor === old) this.#anchor = el;
    if (!hadFocus) return;
    const heir = [...el.querySelectorAll("[data-k]")].find((one) => one.getAttribute("data-k") === name);
    if (!heir) el.tabIndex = -1;
    /** @type {HTMLElement} */ (heir || el).focus({ preventScroll: true });
  }
}
