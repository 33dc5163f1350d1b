import { h, icon, write } from "./dom.js";
import { Words } from "./words.js";

/** The panel's furniture: head, log, foot, and the two regions that speak. Nothing here knows the thread. */

/** @param {Words} words @param {{isInline: boolean, log: Element, close: () => void, ask: (text: string) => void}} parts */
export function panel(words, { isInline, log, close, ask }) {
  const name = h("h2", {}, words.say("shop"));
  const about = h("span", {});
  const avatar = h("img", { class: "avatar", alt: "", width: 40, height: 40 });
  avatar.hidden = true;
  const input = h("input", { class: "ask", "aria-label": words.say("message"), placeholder: words.say("ask"), maxlength: 1000, enterkeyhint: "send", autocomplete: "off" });
  const offline = h("div", { class: "offline", role: "status" });
  offline.hidden = true;
  const status = h("div", { class: "sr", role: "status" });
  const foot = h("form", { class: "foot" }, input, h("button", { class: "send", part: "button" }, words.say("send")));
  foot.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.value = "";
    if (text) ask(text);
  });
  const el = h(isInline ? "section" : "dialog", { class: "panel", part: "panel", "aria-label": words.say("shop"), tabindex: -1 },
    h("div", { class: "head" }, avatar, h("div", { class: "who" }, name, about),
      !isInline && h("button", { type: "button", class: "tap", "aria-label": words.say("close"), click: close }, icon("close"))),
    offline, log, foot, status);
  return { el, name, about, avatar, input, offline, status, foot };
}

/**
 * When the drop opens or ends. Its last hour counts down, and only then in the colour of time.
 * @param {Element} about @param {any} drop @param {Words} words @param {import("./clock.js").Clock} clock
 */
export function dropTimes(about, drop, words, clock) {
  const [opens, ends] = [Date.parse(drop.opens_at), Date.parse(drop.closes_at)];
  const now = clock.now();
  const minutes = Math.ceil((ends - now) / 60e3);
  const isSoon = now >= opens && minutes > 0 && minutes <= 60 && drop.state === "open";
  about.className = isSoon ? "soon" : "";
  if (drop.state === "paused") write(about, words.say("paused"));
  else if (minutes <= 0 || ["closed", "drained", "settled"].includes(drop.state)) write(about, words.say("ended"));
  else if (now < opens) write(about, words.say("opens", { time: words.moment(drop.opens_at, now) }));
  else if (isSoon) write(about, words.say("ends", { n: minutes }));
  else if (minutes) write(about, words.say("until", { time: words.moment(drop.closes_at, now) }));
}
