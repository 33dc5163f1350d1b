import { h, icon } from "./dom.js";
import { Words } from "./words.js";

/** The panel's furniture: head, log, foot, and the two regions that speak. Nothing here knows the thread. */

/** @param {Words} words @param {{isInline: boolean, log: Element, close: () => void, ask: (text: string) => void}} parts */
export function panel(words, { isInline, log, close, ask }) {
  const name = h("h2", words.say("shop"));
  const about = h("span");
  const avatar = h("img.avatar", { alt: "", width: 40, height: 40 });
  avatar.hidden = true;
  const input = h("input.ask", { "aria-label": words.say("message"), placeholder: words.say("ask"), maxlength: 1000, enterkeyhint: "send", autocomplete: "off" });
  const offline = h(".offline", { role: "status" });
  offline.hidden = true;
  const status = h(".sr", { role: "status" });
  const foot = h("form.foot", input, h("button.send", { type: "submit", part: "button" }, words.say("send")));
  foot.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.value = "";
    if (text) ask(text);
  });
  const el = h(isInline ? "section.panel" : "dialog.panel", { part: "panel", "aria-label": words.say("shop"), tabindex: -1 },
    h(".head", avatar, h(".who", name, about),
      !isInline && h("button.tap", { "aria-label": words.say("close"), click: close }, icon("close"))),
    offline, log, foot, status);
  return { el, name, about, avatar, input, offline, status, foot };
}
