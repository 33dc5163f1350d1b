import { Conversation } from "./conversation.js";
import { h, icon, webAddress, write } from "./dom.js";
import { later } from "./later.js";
import { sheet } from "./sheets.js";
import { panel } from "./shell.js";
import { STYLE } from "./style.js";
import { RUNNING } from "./tickets.js";
import { Words } from "./words.js";

const phone = matchMedia("(max-width: 640px)");

/** @type {CSSStyleSheet|undefined} */
let style;

/** `<creatorshop-chat>`: a launcher and a panel, or with `inline` the panel alone. */
export class CreatorshopChat extends HTMLElement {
  static observedAttributes = ["data-accent", "data-locale"];
  base = "";
  isOpen = false;
  /** @type {Conversation|null} */
  #talk = null;
  /** @type {any} */
  #panel = null;
  /** @type {any} */
  #sheet = null;
  #life = new AbortController();
  #unread = 0;
  #holdUntil = "";
  #isKept = false;
  #isReady = false;
  /** @type {Promise<void>|null} */
  #made = null;
  /** @type {HTMLElement|null} */
  #opener = null;
  #words = new Words("");
  #root = h(".root");
  #launcher = h("button.launcher", { part: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false" }, icon("shop"));

  get isInline() {
    return this.hasAttribute("inline");
  }

  connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    if (!this.shadowRoot) this.#build();
    this.#dress();
    phone.addEventListener("change", () => this.isOpen && !this.isInline && this.#raise(), { signal });
    document.addEventListener("securitypolicyviolation", (event) => event.effectiveDirective === "frame-src" && this.#sheet?.blocked(), { signal });
    if (this.isOpen) this.#begin();
    else if (this.isInline) this.#openWhenSeen();
    else if (this.dataset.open === "true") this.open();
    if (this.#isReady) return;
    this.#isReady = true;
    this.#emit("ready");
  }

  disconnectedCallback() {
    this.#life.abort();
    this.#talk?.stop();
    // A page that swaps its body (Turbo and its kin) takes us out without meaning it.
    if (this.#isKept) queueMicrotask(() => this.#isKept && !this.isConnected && document.body.append(this));
  }

  attributeChangedCallback(/** @type {string} */ name) {
    if (!this.isConnected) return;
    if (name === "data-locale") this.#reword();
    else this.#dress();
  }

  /** Stay on the page although its body is swapped. */
  keep() {
    this.#isKept = true;
  }

  destroy() {
    this.#isKept = false;
    this.remove();
  }

  /** @param {{sku?: string, from?: HTMLElement}} [wish] */
  async open({ sku, from } = {}) {
    const wasOpen = this.isOpen;
    this.isOpen = true;
    this.#opener = from || null;
    await this.#begin(sku);
    if (wasOpen) return;
    this.#unread = 0;
    if (!this.isInline) this.#raise();
    this.#talk?.watch();
    this.#talk?.log.settle();
    this.#emit("open");
  }

  close() {
    if (!this.isOpen || this.isInline) return;
    this.isOpen = false;
    this.#closeSheet();
    this.#panel.el.close();
    this.#launcher.hidden = false;
    this.#launcher.setAttribute("aria-expanded", "false");
    this.#talk?.unwatch();
    (this.#opener?.isConnected ? this.#opener : this.#launcher).focus();
    this.#emit("close");
  }

  toggle() {
    this.isOpen ? this.close() : this.open();
  }

  /** @param {{drop?: string, sku?: string}} context */
  context(context) {
    if (context.drop) this.dataset.drop = context.drop;
    if (this.isOpen) this.#talk?.visit(this.#context(context.sku));
  }

  /** The host's server says who the visitor is. */
  identify() {
    this.#talk?.api.identify();
  }

  #speak() {
    const { locale } = this.dataset;
    const words = new Words(this.base, locale && locale !== "auto" ? locale : document.documentElement.lang || navigator.language);
    this.#words = words;
    this.#root.dir = words.dir;
    this.#root.lang = words.locale;
    this.#launcher.setAttribute("aria-label", words.say("open"));
  }

  #build() {
    const shadow = this.attachShadow({ mode: "open" });
    if (!style) {
      style = new CSSStyleSheet();
      style.replaceSync(STYLE);
    }
    shadow.adoptedStyleSheets = [style];
    shadow.append(this.#root);
    if (!this.isInline) this.#root.append(this.#launcher);
    this.#speak();
    this.#launcher.addEventListener("click", () => this.open());
  }

  /** The panel and its conversation are made at the first opening, and not before. @param {string} [sku] */
  async #begin(sku) {
    const context = this.#context(sku);
    if (!this.#made) return (this.#made = this.#make(context));
    await this.#made;
    this.#talk?.start(context);
    if (sku) this.#talk?.visit(context);
  }

  /** @param {{drop?: string, sku?: string}} context */
  async #make(context) {
    const words = this.#words;
    const talk = (this.#talk = new Conversation({
      base: this.base,
      key: this.dataset.key || "",
      words,
      holds: (el) => this.#root.contains(el),
      emit: (name, detail) => this.#emit(name, detail),
      say: (text) => write(this.#panel.status, text),
      pay: (url, from) => this.#openSheet(url, from),
      heard: (message, isLive) => this.#heard(message, isLive),
      ready: (session) => this.#meet(session),
      online: (isOnline) => this.#online(isOnline),
      refused: () => this.#refused(),
    }));
    talk.api.identify();
    await words.learn();
    const ask = (/** @type {string} */ text) => talk.send({ kind: "text", text });
    this.#panel = panel(words, { isInline: this.isInline, log: talk.log.el, close: () => this.close(), ask });
    this.#panel.el.addEventListener("cancel", (/** @type {Event} */ event) => this.#escape(event));
    this.#panel.el.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.#escape(event));
    this.#root.append(this.#panel.el);
    talk.log.el.setAttribute("aria-label", words.say("messages"));
    talk.start(context);
    later((more) => {
      const rare = new CSSStyleSheet();
      rare.replaceSync(more.style);
      /** @type {ShadowRoot} */ (this.shadowRoot).adoptedStyleSheets = [/** @type {CSSStyleSheet} */ (style), rare];
      words.add(more.words);
      talk.log.learn(more.shown);
    }, () => this.#emit("error", { code: "incomplete" }));
  }

  /** @param {string} [sku] */
  #context(sku) {
    const { drop } = this.dataset;
    return { ...(drop && { drop }), ...(sku && { sku }) };
  }

  /** Beside the page on a desk, over it on a phone: the browser's own dialog makes the rest inert, so the host is not touched. */
  #raise() {
    const { el } = this.#panel;
    if (el.open) el.close();
    phone.matches ? el.showModal() : el.show();
    this.#launcher.hidden = true;
    this.#launcher.setAttribute("aria-expanded", "true");
    (this.#sheet?.el.querySelector("button") || this.#talk?.log.el).focus();
  }

  /** @param {Event} event */
  #escape(event) {
    event.preventDefault();
    event.stopPropagation();
    this.#sheet ? this.#closeSheet() : this.close();
  }

  /** @param {string} url @param {Element} [from] */
  #openSheet(url, from) {
    if (!url) return;
    if (new URL(url).origin !== new URL(this.base).origin) return void window.open(url, "_blank", "noopener");
    this.#closeSheet();
    const inner = [...this.#panel.el.children];
    const made = sheet(url, this.#words, () => this.#closeSheet());
    inner.forEach((el) => (el.inert = el !== this.#panel.status));
    this.#sheet = { ...made, inner, from };
    this.#panel.el.append(made.el);
    made.el.querySelector("button").focus();
  }

  #closeSheet() {
    if (!this.#sheet) return;
    const { el, inner, from } = this.#sheet;
    this.#sheet = null;
    el.remove();
    inner.forEach((/** @type {HTMLElement} */ one) => (one.inert = false));
    (from?.isConnected ? from : this.#talk?.log.el).focus();
  }

  /** @param {Message} message @param {boolean} isLive */
  #heard(message, isLive) {
    const { type, from, body } = message;
    // A receipt has no state, and ends the hold.
    if (type === "hold" || type === "receipt") this.#holdUntil = RUNNING.includes(body.state) ? body.expires_at : "";
    if (isLive) later(({ follow }) => follow(this, this.#words, message) && this.#closeSheet());
    if (!isLive || this.isOpen || from === "shopper") return;
    this.#emit("unread", { count: ++this.#unread });
  }

  /** @param {Session} session */
  #meet({ creator, drop }) {
    const { name, about, avatar, el } = this.#panel;
    write(name, creator.name);
    el.setAttribute("aria-label", creator.name);
    this.#launcher.setAttribute("aria-label", `${this.#words.say("open")}: ${creator.name}`);
    avatar.hidden = !creator.avatar_url;
    if (creator.avatar_url) avatar.src = webAddress(creator.avatar_url, this.base);
    write(about, creator.tagline || "");
    this.#dress();
    const talk = /** @type {Conversation} */ (this.#talk);
    const ref = this.dataset.drop || drop;
    later(({ showTimes, wearTag }) => {
      wearTag(this.#launcher, () => ({ holdUntil: this.#holdUntil, unread: this.#unread }), talk);
      if (ref) showTimes(about, ref, talk);
    });
  }

  /** @param {boolean} isOnline */
  #online(isOnline) {
    const { offline, status } = this.#panel;
    offline.hidden = isOnline;
    write(offline, isOnline ? "" : this.#words.say("offline"));
    write(status, isOnline ? this.#words.say("online") : "");
  }

  #refused() {
    later(({ refuse }) => refuse(this.#panel, `${this.base}/w/${this.dataset.key}/`, this.#words));
    this.#emit("error", { code: "refused" });
  }

  /** A colour of the host's or the creator's, where it can be read; until that is known there is no launcher in a wrong one. */
  #dress() {
    const wishes = [getComputedStyle(this).getPropertyValue("--creatorshop-accent"), this.dataset.accent, this.#talk?.api.session?.creator.accent];
    if (!wishes.some(Boolean) && !this.#root.style.length) return;
    const { style } = this.#launcher;
    if (!this.#talk) style.visibility = "hidden";
    const show = () => style.removeProperty("visibility");
    later(({ wearAccent }) => {
      wearAccent(this.#root, wishes);
      show();
    }, show);
  }

  /** Another language is another panel; the thread is read in again. */
  #reword() {
    this.#speak();
    if (!this.#talk) return;
    const wasOpen = this.isOpen;
    this.#talk.stop();
    this.#panel?.el.remove();
    this.#talk = this.#made = null;
    this.isOpen = false;
    if (wasOpen) this.open();
  }

  #openWhenSeen() {
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry.isIntersecting) return;
      seen.disconnect();
      this.open();
    });
    seen.observe(this);
    this.#life.signal.addEventListener("abort", () => seen.disconnect());
  }

  /** @param {string} name @param {object} [detail] */
  #emit(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`creatorshop:${name}`, { bubbles: true, composed: true, detail }));
  }
}
