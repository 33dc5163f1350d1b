import { h, icon, webAddress } from "./dom.js";
import { promise, sums } from "./tickets.js";

/** The way to the till; the sheet was opened with the tap on Pay, this is the way back to it. @param {any} body @param {Desk} desk */
export function checkout(body, desk) {
  const url = webAddress(body.url, desk.base);
  const open = h("button", { type: "button", class: "button primary", part: "button", "data-k": "checkout" }, desk.words.say("openSheet"));
  open.addEventListener("click", () => desk.pay(url, open));
  return h("article", { class: "card till", part: "card" },
    h("div", { class: "inner" }, h("div", { class: "pair" }, h("h3", {}, desk.words.say("checkout")), h("b", { class: "price" }, body.amount?.text)),
      body.is_test && h("p", { class: "note" }, desk.words.say("testPayment"))),
    h("div", { class: "actions" }, open, h("a", { class: "button quiet", href: url, target: "_blank", rel: "noopener" }, desk.words.say("inTab"), icon("out"))));
}

/** What was bought and how it comes: a pass to show, or a parcel to follow. @param {any} body @param {Desk} desk */
export function receipt(body, desk) {
  const { words, base } = desk;
  const { pass } = body;
  const link = (/** @type {string} */ url, /** @type {string} */ label) => url && h("a", { class: "button quiet", part: "button", href: webAddress(url, base), target: "_blank", rel: "noopener" }, words.say(label), icon("out"));
  const qr = pass?.qr_url && h("img", { class: "qr", alt: "", width: 104, height: 104 });
  if (qr) qr.src = webAddress(pass.qr_url, base);
  desk.tell("paid", { order: body.order, total: body.total });
  return h("article", { class: "card receipt paid", part: "card", "aria-label": words.say("paid") },
    h("div", { class: "inner" }, h("p", { class: "stamp" }, icon("check"), words.say("paid")), h("h3", {}, body.title), promise(body.delivery, desk)),
    pass && h("div", { class: "pass" }, qr, h("div", {}, h("span", { class: "note" }, words.say("showCode")), h("b", { class: `code ${pass.code.length > 6 ? "long" : ""}` }, pass.code), h("span", { class: "note" }, [pass.place, pass.when].filter(Boolean).join(" · ")))),
    sums(body.lines, body.total, desk),
    h("div", { class: "actions" }, link(body.order_url, "order"), link(body.track_url, "track")));
}
