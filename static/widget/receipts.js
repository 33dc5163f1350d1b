import { h, icon, webAddress } from "./dom.js";
import { sums } from "./tickets.js";

/** The way to the till; the sheet was opened with the tap on Pay, this is the way back to it. @param {any} body @param {Desk} desk */
export function checkout(body, desk) {
  const url = webAddress(body.url, desk.base);
  const open = h("button.button.primary", { part: "button", "data-k": "checkout" }, desk.words.say("openSheet"));
  open.addEventListener("click", () => desk.pay(url, open));
  return h("article.card.till", { part: "card" },
    h(".inner", h(".pair", h("h3", desk.words.say("checkout")), h("b.price", body.amount?.text)),
      body.is_test && h("p.note", desk.words.say("testPayment"))),
    h(".actions", open, h("a.button.quiet", { href: url }, desk.words.say("inTab"), icon("out"))));
}

/** What was bought and how it comes: a pass to show, or a parcel to follow. @param {any} body @param {Desk} desk */
export function receipt(body, desk) {
  const { words, base } = desk;
  const { pass } = body;
  const link = (/** @type {string} */ url, /** @type {string} */ label) => url && h("a.button.quiet", { part: "button", href: webAddress(url, base) }, words.say(label), icon("out"));
  const qr = pass?.qr_url && h("img.qr", { alt: "", width: 104, height: 104 });
  if (qr) qr.src = webAddress(pass.qr_url, base);
  desk.tell("paid", { order: body.order, total: body.total });
  return h("article.card.receipt.paid", { part: "card", "aria-label": words.say("paid") },
    h(".inner", h("p.stamp", icon("check"), words.say("paid")), h("h3", body.title), h("p.note", body.delivery.text)),
    pass && h(".pass", qr, h("div", h("span.note", words.say("showCode")), h(pass.code.length > 6 ? "b.code.long" : "b.code", pass.code), h("span.note", [pass.place, pass.when].filter(Boolean).join(" · ")))),
    sums(body.lines, body.total, desk),
    h(".actions", link(body.order_url, "order"), link(body.track_url, "track")));
}
