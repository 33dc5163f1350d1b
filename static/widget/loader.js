import { visitor } from "./api.js";
import { CreatorshopChat } from "./element.js";
import { later } from "./later.js";

const TAG = "creatorshop-chat";
const script = /** @type {HTMLScriptElement|null} */ (document.currentScript) || document.querySelector('script[src*="/widget.js"]');
const host = /** @type {any} */ (window);
const BASE = new URL(script?.src || location.href).origin;

/** @type {Set<any>} */
const loaded = new Set();

if (!customElements.get(TAG)) {
  customElements.define(
    TAG,
    class extends CreatorshopChat {
      base = BASE;

      connectedCallback() {
        // A page cache may bring back a copy of the loader's element; the original outlives every swap.
        if (this.hasAttribute("data-loaded") && !loaded.has(this)) return this.remove();
        if (!this.dataset.key && script?.dataset.key) this.dataset.key = script.dataset.key;
        super.connectedCallback();
      }
    },
  );
  host.creatorshop = speak(host.creatorshop?.q || []);
}
if (script?.dataset.key && !script.hasAttribute("data-inline-only")) {
  document.body ? host.creatorshop("load", script.dataset) : addEventListener("DOMContentLoaded", () => host.creatorshop("load", script.dataset), { once: true });
}

/** The page's way to speak to the widget: `creatorshop("open")`, what was said before the script came included. @param {IArguments[]} queue */
function speak(queue) {
  /** @type {Map<Function, (event: any) => void>} */
  const heard = new Map();
  const chat = () => loaded.values().next().value || document.querySelector(TAG);
  const commands = {
    load(/** @type {DOMStringMap} */ settings) {
      if ([...loaded].some((el) => el.dataset.key === settings.key)) return;
      const el = /** @type {any} */ (document.createElement(TAG));
      Object.assign(el.dataset, settings, { loaded: "" });
      loaded.add(el);
      el.keep();
      document.body.append(el);
    },
    open: (/** @type {any} */ wish) => chat()?.open(typeof wish === "string" ? { sku: wish } : wish),
    close: () => chat()?.close(),
    toggle: () => chat()?.toggle(),
    show: () => chat() && (chat().hidden = false),
    hide: () => chat() && (chat().hidden = true),
    identify(/** @type {string} */ token) {
      visitor.identity = token;
      document.querySelectorAll(TAG).forEach((/** @type {any} */ el) => el.identify());
    },
    on(/** @type {string} */ name, /** @type {(detail: any) => void} */ listener) {
      const listens = (/** @type {CustomEvent} */ event) => listener(event.detail);
      heard.set(listener, listens);
      document.addEventListener(`creatorshop:${name}`, /** @type {any} */ (listens));
      if (name === "ready" && chat()?.isConnected) listener({});
    },
  };
  /** Anything on the page that carries `data-creatorshop-open` opens the widget; its value names a SKU. @param {MouseEvent} event */
  const opened = (event) => {
    const from = /** @type {HTMLElement} */ (event.target).closest?.("[data-creatorshop-open]");
    if (!from || !chat()) return;
    event.preventDefault();
    chat().open({ sku: from.getAttribute("data-creatorshop-open") || undefined, from });
  };
  document.addEventListener("click", opened);
  const say = (/** @type {string} */ command, /** @type {any[]} */ ...facts) => {
    const known = /** @type {any} */ (commands)[command];
    known ? known(...facts) : later(({ wishes }) => wishes[command]?.({ chat, heard, loaded, opened }, ...facts));
  };
  queue.forEach((/** @type {any} */ words) => say.apply(null, words));
  return say;
}
