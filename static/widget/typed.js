import { h } from "./dom.js";
import { Log, bubble } from "./log.js";

/** A text on its way: shown at once, dimmed until the shop has it. @param {Log} log @param {string} id @param {string} text */
export function pend(log, id, text) {
  const el = h(".say.shopper.live", bubble(text));
  el.dataset.text = text;
  log.pending.set(id, el);
  log.el.append(el);
  setTimeout(() => log.pending.has(id) && el.classList.add("pending"), 300);
  log.settle();
}

/** @param {Log} log @param {string} id @param {boolean} isRefused */
export function answered({ pending }, id, isRefused) {
  const el = pending.get(id);
  el?.classList.remove("pending");
  if (!isRefused) return;
  el?.remove();
  pending.delete(id);
}

/** The echo of a text of ours replaces the one that was on its way. @param {Map<string, HTMLElement>} pending @param {Message} message */
export function meet(pending, message) {
  for (const [id, el] of pending) {
    if (message.id !== `m_${id}` && el.dataset.text !== message.body?.text) continue;
    el.remove();
    pending.delete(id);
    return;
  }
}
