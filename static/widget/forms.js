import { h, icon } from "./dom.js";

/** A short form: country and postcode, sent to the thread. @param {any} body @param {Desk} desk */
export function form(body, desk) {
  const fields = body.fields.map((/** @type {any} */ field) => {
    const look = { name: field.name, required: field.required, autocomplete: field.name === "country" ? "country" : field.name === "postcode" ? "postal-code" : "off" };
    const input = field.options
      ? h("select.field", look, field.options.map((/** @type {any} */ option) => h("option", { value: option.value, selected: option.value === field.value }, option.label)))
      : field.kind === "message" ? h("textarea.field", { ...look, rows: 3, maxlength: 300 })
      : h("input.field", { ...look, value: field.value, maxlength: 60 });
    return h("label", h("span", field.label), input);
  });
  const wrong = h("p.wrong", { role: "alert" });
  const send = h("button.button.primary", { type: "submit", part: "button", "data-k": body.submit_label }, body.submit_label);
  const el = h("form.card.form", { part: "card", novalidate: true }, body.prompt && h("p.prompt", body.prompt), h(".fields", fields), wrong, send);
  el.addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    const empty = [...el.elements].find((input) => input.required && !input.value.trim());
    wrong.textContent = empty ? desk.words.say("required") : "";
    [...el.elements].forEach((input) => input.required && input.setAttribute("aria-invalid", String(input === empty)));
    if (empty) empty.focus();
    else desk.send({ kind: "form", token: body.token, values: Object.fromEntries(new FormData(el)) }, send);
  });
  return el;
}

/** Times to come by, one day at a glance. @param {any} body @param {Desk} desk */
export function slotPicker(body, desk) {
  const grid = h(".slots", { role: "group" });
  const show = (/** @type {number} */ chosen) => {
    const day = body.days[chosen];
    tabs.forEach((/** @type {HTMLElement} */ tab, /** @type {number} */ i) => tab.setAttribute("aria-pressed", String(i === chosen)));
    grid.setAttribute("aria-label", day.label);
    grid.replaceChildren(...day.slots.map((/** @type {any} */ slot) => {
      const isFull = slot.left === 0;
      const note = isFull ? desk.words.say("full") : slot.left > 0 && desk.words.say("slotsLeft", { n: slot.left });
      const button = h("button.slot", { part: "button", "aria-disabled": isFull && "true", "data-k": slot.label }, h("b", slot.label), note && h("small", note));
      button.addEventListener("click", () => !isFull && desk.send({ kind: "action", token: slot.token }, button));
      return button;
    }));
  };
  const tabs = body.days.map((/** @type {any} */ day, /** @type {number} */ i) => h("button.chip.day", { click: () => show(i) }, day.label));
  if (body.days.length) show(Math.max(0, body.days.findIndex((/** @type {any} */ day) => day.slots.some((/** @type {any} */ slot) => slot.left !== 0))));
  const place = typeof body.location === "string" ? body.location : body.location?.name;
  return h(".card.pick", { part: "card" },
    h(".inner", h("h3", body.prompt), place && h("p.place", icon("pin"), place)),
    tabs.length > 1 ? h(".chips", tabs) : body.days[0] && h("p.only", body.days[0].label), grid);
}
