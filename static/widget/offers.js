import { actionRow } from "./choices.js";
import { h } from "./dom.js";

let tapped = "";

/**
 * What a creator offers beside the goods, below the price: toggles, none of them pressed before somebody pressed it.
 * @param {Element} receipt @param {any} body @param {Desk} desk
 */
export function beside(receipt, { offers }, desk) {
  if (!offers) return;
  const rows = offers.options.map((/** @type {any} */ { label, desc, rise, is_chosen, token }) => {
    const row = h("button.option", { "aria-pressed": `${is_chosen}`, "data-k": label }, h("span.words", h("b", label), h("small", desc)), h("b.price", `${is_chosen ? "✓ " : rise.amount_minor ? "+ " : ""}${rise.text}`));
    row.addEventListener("click", () => {
      tapped = label;
      desk.send({ kind: "action", token }, row);
    });
    return row;
  });
  receipt.append(h(".choices", h("p.prompt", offers.prompt), h(".options", rows)), actionRow(offers.decline && [offers.decline], desk));
  // The price was written anew, and the focus with it: back to the toggle.
  if (receipt.closest(":focus")) rows.find((/** @type {HTMLElement} */ row) => row.dataset.k === tapped)?.focus({ preventScroll: true });
}
