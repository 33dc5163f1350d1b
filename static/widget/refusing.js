import { Conversation } from "./conversation.js";
import { h } from "./dom.js";
import { Words } from "./words.js";

/** Say that the shop cannot talk on this page, and where it can. @param {{offline: HTMLElement, foot: HTMLElement}} panel @param {string} address @param {Words} words */
export function refuse({ offline, foot }, address, words) {
  offline.hidden = false;
  foot.hidden = true;
  offline.replaceChildren(`${words.say("refused")} `, h("a", { href: address }, words.say("fullPage")));
}

/** Say why something that was sent is not done. @param {Conversation} talk @param {string} id @param {{code: string, message: string}} refusal */
export function tellRefusal({ clock, desk, log }, id, { code, message }) {
  desk.emit("error", { code, message });
  const text = message || desk.words.say("notSent");
  const at = new Date(clock.now()).toISOString();
  log.show({ id: `refused-${id}`, seq: 0, revision: 0, type: "notice", from: "shop", at, locale: desk.words.locale, body: { level: "warn", text } }, true);
}
