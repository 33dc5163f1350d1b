import { actionRow, choices } from "./choices.js";
import { h, icon, write } from "./dom.js";
import { photo } from "./photos.js";
import { stockLine } from "./stock.js";

/** A photo that sells: title, price, what is left right now, variants. @param {Card} body @param {Desk} desk @param {string} [frame] */
export function card(body, desk, frame) {
  const well = body.image && photo(body.image, desk.base);
  if (well && frame) well.append(h("span", { class: "frame", "aria-hidden": "true" }, frame));
  const line = h("p", { class: "stock" }, h("i"), h("span", {}, body.badge?.text || ""));
  line.hidden = !body.badge?.text;
  if (body.live) desk.stock(line, body.live, (stock) => {
    const { text, isOut } = stockLine(desk.words, /** @type {Live} */ (body.live), stock, desk.clock.now());
    line.hidden = false;
    line.classList.toggle("out", isOut);
    write(line.lastElementChild, text);
  });
  desk.tell("card", { title: body.title, skus: body.live?.skus });
  return h("article", { class: "card", part: "card", "aria-label": body.title },
    well,
    h("div", { class: "inner" },
      h("div", { class: "pair" }, h("h3", {}, body.title), body.price && h("b", { class: "price" }, body.price.text)),
      (body.subtitle || body.price_note) && h("div", { class: "pair note" }, h("span", {}, body.subtitle), h("span", {}, body.price_note)),
      line,
      body.body && h("p", { class: "body" }, body.body)),
    body.choices && choices(body.choices, desk, body.live),
    actionRow(body.actions, desk));
}

/** Cards side by side, to swipe, to scroll, or to step through. @param {{cards: Card[]}} body @param {Desk} desk */
export function carousel(body, desk) {
  const total = body.cards.length;
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const strip = h("div", { class: "strip", tabindex: 0, role: "group", "aria-label": desk.words.say("photos", { n: total }) },
    body.cards.map((one, i) => card(one, desk, `${pad(i + 1)}/${pad(total)}`)));
  const step = (/** @type {number} */ by) => () => {
    const sign = getComputedStyle(strip).direction === "rtl" ? -1 : 1;
    strip.scrollBy({ left: by * sign * strip.firstElementChild.offsetWidth, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  const arrow = (/** @type {"back"|"next"} */ way, /** @type {number} */ by) =>
    h("button", { type: "button", class: `arrow ${way}`, "aria-label": desk.words.say(way), click: step(by) }, icon(way, "flip"));
  return h("div", { class: "carousel" }, strip, arrow("back", -1), arrow("next", 1));
}

/** Claims about the drop, each with the count behind it. @param {any} body @param {Desk} desk */
export function stockProof(body, desk) {
  return h("div", { class: "card proof", part: "card" },
    h("ul", {}, body.claims.map((/** @type {any} */ claim) => h("li", {}, icon("check"), h("span", {}, claim.text,
      claim.evidence && h("small", {}, typeof claim.evidence === "string" ? claim.evidence : claim.evidence.text || ""))))),
    body.as_of && h("p", { class: "note" }, desk.words.say("asOf", { time: desk.words.moment(body.as_of, desk.clock.now()) })));
}

/** @param {any} body @param {Desk} desk */
export function notice(body, desk) {
  const level = body.level === "warn" || body.level === "bad" ? body.level : "info";
  return h("div", { class: `notice ${level}` }, icon(level === "info" ? "info" : "warn"), h("div", {}, h("p", {}, body.text), actionRow(body.actions, desk)));
}
