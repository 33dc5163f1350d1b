import { h } from "./dom.js";
import { Words } from "./words.js";

/** Say that the shop cannot talk on this page, and where it can. @param {{offline: HTMLElement, foot: HTMLElement}} panel @param {string} address @param {Words} words */
export function refuse({ offline, foot }, address, words) {
  offline.hidden = false;
  foot.hidden = true;
  offline.replaceChildren(`${words.say("refused")} `, h("a", { href: address }, words.say("fullPage")));
}
