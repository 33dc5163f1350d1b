import { actionRow, choices } from "./choices.js";
import { h, write } from "./dom.js";
import { photo } from "./photos.js";
import { stockLine } from "./stock.js";

/** A photo that sells: title, price, what is left right now, variants. @param {Card} body @param {Desk} desk @param {string} [frame] */
export function card(body, desk, frame) {
  const well = body.image && photo(body.image, desk.base);
  if (well && frame) well.append(h("span.frame", { "aria-hidden": "true" }, frame));
  const line = h("p.stock", h("i"), h("span", body.badge?.text || ""));
  line.hidden = !body.badge?.text;
  if (body.live) desk.stock(line, body.live, (stock) => {
    const { text, isOut } = stockLine(desk.words, /** @type {Live} */ (body.live), stock, desk.clock.now());
    line.hidden = false;
    line.classList.toggle("out", isOut);
    write(line.lastElementChild, text);
  });
  desk.tell("card", { title: body.title, skus: body.live?.skus });
  return h("article.card", { part: "card", "aria-label": body.title },
    well,
    h(".inner",
      h(".pair", h("h3", body.title), body.price && h("b.price", body.price.text)),
      (body.subtitle || body.price_note) && h(".pair.note", h("span", body.subtitle), h("span", body.price_note)),
      line,
      body.body && h("p.body", body.body)),
    body.choices && choices(body.choices, desk, body.live),
    actionRow(body.actions, desk));
}
