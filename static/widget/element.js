import { usableAccent } from "./colours.js";
import { Conversation } from "./conversation.js";
import { h, icon, webAddress, write } from "./dom.js";
import { dropTimes, panel } from "./shell.js";
import { STYLE } from "./style.js";
import { Words } from "./words.js";

const GROUNDS = { light: [[247, 246, 241], [253, 253, 250]], dark: [[12, 18, 15], [19, 28, 24]] };
const HELD = ["active", "extended", "paying"];
const phone = matchMedia("(max-width: 640px)");
const night = matchMedia("(prefers-color-scheme: dark)");

/** @type {CSSStyleSheet|undefined} */
let style;

/** `<creatorshop-chat>`: a launcher and a panel, or with `inline` the panel alone. */
export class CreatorshopChat extends HTMLElement {
  static observedAttributes = ["data-theme", "data-accent", "data-position", "data-locale"];
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
  #identity = "";
  #holdUntil = "";
  #isKept = false;
  #isReady = false;
  /** @type {Promise<void>|null} */
  #made = null;
  /** @type {Promise<any>|null} */
  #more = null;
  /** @type {HTMLElement|null} */
  #opener = null;
  #root = h("div", { class: "root" });
  #tag = h("span", { class: "tag", hidden: true });
  #launcher = h("button", { type: "button", class: "launcher", part: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false" }, icon("shop"), this.#tag);

  get isInline() {
    return this.hasAttribute("inline");
  }

  connectedCallback() {
    this.#life = new AbortController();
    const { signal } = this.#life;
    if (!this.shadowRoot) this.#build();
    this.#dress();
    night.addEventListener("change", () => this.#dress(), { signal });
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
    this.#mark();
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

  /** Who the host's server says that the visitor is. @param {string} identity a signed token */
  identify(identity) {
    this.#identity = identity;
    this.#talk?.api.identify(identity);
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
    this.#launcher.setAttribute("aria-label", new Words("").say("open"));
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
    const words = new Words(this.base);
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
    talk.api.identify(this.#identity);
    const locale = this.dataset.locale;
    await words.learn(locale && locale !== "auto" ? locale : document.documentElement.lang || navigator.language);
    this.#root.dir = words.dir;
    this.#root.lang = words.locale;
    const ask = (/** @type {string} */ text) => talk.send({ kind: "text", text });
    this.#panel = panel(words, { isInline: this.isInline, log: talk.log.el, close: () => this.close(), ask });
    this.#panel.el.addEventListener("cancel", (/** @type {Event} */ event) => this.#escape(event));
    this.#panel.el.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.#escape(event));
    this.#root.append(this.#panel.el);
    talk.log.el.setAttribute("aria-label", words.say("messages"));
    talk.start(context);
    this.#more = import("./more.js").then(({ more }) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(more.style);
      /** @type {ShadowRoot} */ (this.shadowRoot).adoptedStyleSheets.push(sheet);
      words.add(more.words);
      talk.log.learn(more.shown);
      return more;
    });
    this.#more.catch(() => this.#emit("error", { code: "incomplete" }));
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
  async #openSheet(url, from) {
    if (!url) return;
    if (new URL(url).origin !== new URL(this.base).origin) return void window.open(url, "_blank", "noopener");
    const more = await this.#more;
    this.#closeSheet();
    const inner = [...this.#panel.el.children];
    const made = more.sheet(url, /** @type {Conversation} */ (this.#talk).desk.words, () => this.#closeSheet());
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
  #heard({ type, from, body, locale }, isLive) {
    // Whoever asks the thread for another language gets it from the widget as well.
    if (isLive && from !== "shopper" && this.#root.lang.slice(0, 2) !== locale.slice(0, 2)) this.dataset.locale = locale;
    if (type === "hold") this.#holdUntil = HELD.includes(body.state) ? body.expires_at : "";
    if (type === "receipt") this.#holdUntil = "";
    const isResult = type === "receipt" || (type === "hold" && !HELD.includes(body.state)) || (type === "notice" && /^(payment|paid|late)/.test(body.code || ""));
    if (isLive && isResult) this.#closeSheet();
    if (!isLive || this.isOpen || from === "shopper") return;
    this.#emit("unread", { count: ++this.#unread });
    this.#mark();
  }

  /** @param {Session} session */
  async #meet({ creator, drop }) {
    const { name, about, avatar, el } = this.#panel;
    write(name, creator.name);
    el.setAttribute("aria-label", creator.name);
    this.#launcher.setAttribute("aria-label", `${/** @type {Conversation} */ (this.#talk).desk.words.say("open")}: ${creator.name}`);
    avatar.hidden = !creator.avatar_url;
    if (creator.avatar_url) avatar.src = webAddress(creator.avatar_url, this.base);
    write(about, creator.tagline || "");
    this.#dress();
    const talk = /** @type {Conversation} */ (this.#talk);
    talk.tick(this.#tag, () => this.#mark());
    const ref = this.dataset.drop || drop;
    if (!ref) return;
    try {
      const found = await talk.api.ask("GET", `drops/${ref}`);
      talk.tick(about, () => dropTimes(about, found, talk.desk.words, talk.clock));
    } catch {
      // The head keeps the tagline.
    }
  }

  /** The tag on the launcher: the time left on a hold, or how much is new. */
  #mark() {
    const ms = this.#holdUntil && this.#talk ? this.#talk.clock.until(this.#holdUntil) : 0;
    const seconds = Math.ceil(ms / 1000);
    const text = seconds ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : this.#unread ? String(this.#unread) : "";
    this.#tag.hidden = !text;
    this.#tag.classList.toggle("time", Boolean(seconds));
    write(this.#tag, text);
  }

  /** @param {boolean} isOnline */
  #online(isOnline) {
    const { offline, status } = this.#panel;
    const { words } = /** @type {Conversation} */ (this.#talk).desk;
    offline.hidden = isOnline;
    write(offline, isOnline ? "" : words.say("offline"));
    write(status, isOnline ? words.say("online") : "");
  }

  #refused() {
    const { offline, foot } = this.#panel;
    const { words } = /** @type {Conversation} */ (this.#talk).desk;
    offline.hidden = false;
    foot.hidden = true;
    offline.replaceChildren(`${words.say("refused")} `, h("a", { href: `${this.base}/w/${this.dataset.key}/`, target: "_blank", rel: "noopener" }, words.say("fullPage")));
    this.#emit("error", { code: "refused" });
  }

  /** Theme, side and accent; a colour that cannot be read is not worn. */
  #dress() {
    const { theme, position, accent } = this.dataset;
    const isDark = theme === "dark" || (theme !== "light" && night.matches);
    this.#root.classList.toggle("dark", isDark);
    this.#root.classList.toggle("start", position === "start");
    this.#root.classList.toggle("inline", this.isInline);
    const wishes = [getComputedStyle(this).getPropertyValue("--creatorshop-accent"), accent, this.#talk?.api.session?.creator.accent];
    const probe = h("i", { hidden: true });
    this.#root.append(probe);
    let worn = null;
    for (const wish of wishes) {
      probe.style.color = "";
      probe.style.color = (wish || "").trim();
      if (probe.style.color) worn ??= usableAccent(getComputedStyle(probe).color, GROUNDS[isDark ? "dark" : "light"]);
    }
    probe.remove();
    this.#root.style.setProperty("--action", worn?.accent ?? "");
    this.#root.style.setProperty("--label", worn?.label ?? "");
    this.#root.style.setProperty("--wash", worn ? "color-mix(in srgb, var(--action) 14%, var(--raised))" : "");
  }

  /** Another language is another panel; the thread is read in again. */
  #reword() {
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
