import { card } from "./cards.js";
import { h, icon } from "./dom.js";

/** Cards side by side, to swipe, to scroll, or to step through. @param {{cards: Card[]}} body @param {Desk} desk */
export function carousel(body, desk) {
  const total = body.cards.length;
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const strip = h(".strip", { tabindex: 0, role: "group", "aria-label": desk.words.say("photos", { n: total }) },
    body.cards.map((one, i) => card(one, desk, `${pad(i + 1)}/${pad(total)}`)));
  const step = (/** @type {number} */ by) => () => {
    const sign = getComputedStyle(strip).direction === "rtl" ? -1 : 1;
    strip.scrollBy({ left: by * sign * strip.firstElementChild.offsetWidth, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  const arrow = (/** @type {"back"|"next"} */ way, /** @type {number} */ by) =>
    h(`button.arrow.${way}`, { "aria-label": desk.words.say(way), click: step(by) }, icon(way, "flip"));
  return h(".carousel", strip, arrow("back", -1), arrow("next", 1));
}

/** Claims about the drop, each with the count behind it. @param {any} body @param {Desk} desk */
export function stockProof(body, desk) {
  return h(".card.proof", { part: "card" },
    h("ul", body.claims.map((/** @type {any} */ claim) => h("li", icon("check"), h("span", claim.text,
      claim.evidence && h("small", typeof claim.evidence === "string" ? claim.evidence : claim.evidence.text || ""))))),
    body.as_of && h("p.note", desk.words.say("asOf", { time: desk.words.moment(body.as_of, desk.clock.now()) })));
}
