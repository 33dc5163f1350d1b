import { Api } from "./api.js";
import { Clock } from "./clock.js";
import { later } from "./later.js";
import { Log } from "./log.js";
import { Stock } from "./stock.js";
import { Store } from "./store.js";
import { Thread } from "./thread.js";
import { Words } from "./words.js";

const TICK = 250;
const GREET_AGAIN_AFTER = 30 * 60e3;

/** One shopper's talk with one shop: the thread, the counts it shows, and the log they are shown in. */
export class Conversation {
  clock = new Clock();
  /** @type {Map<string, Stock>} */
  #stocks = new Map();
  /** @type {Map<Element, () => void>} */
  #ticks = new Map();
  /** @type {Map<string, Element>} */
  #waiting = new Map();
  #ticker = 0;
  /** @type {{drop?: string, sku?: string}} */
  #context = {};
  #isOn = false;

  /**
   * @param {{base: string, key: string, words: Words, holds: (el: Element) => boolean, emit: (name: string, detail?: object) => void, say: (text: string) => void,
   *   pay: (url: string, from?: Element) => void, heard: (message: Message, isLive: boolean) => void, ready: (session: Session) => void,
   *   online: (isOnline: boolean) => void, refused: () => void}} shell
   */
  constructor(shell) {
    const { base, key, words } = shell;
    this.shell = shell;
    this.store = new Store(key);
    const refused = (/** @type {any} */ { code, message }) => shell.emit("error", { code, message });
    this.api = new Api({ base, key, store: this.store, clock: this.clock, locale: () => words.locale, refused });
    /** @type {Desk} */
    this.desk = {
      base,
      words,
      clock: this.clock,
      api: this.api,
      emit: shell.emit,
      tell: () => {},
      say: shell.say,
      pay: shell.pay,
      name: () => this.api.session?.creator.name || "",
      send: (event, from) => this.send(event, from),
      tick: (el, tick) => this.tick(el, tick),
      stock: (el, live, patch) => this.#follow(el, live.drop, patch),
    };
    this.log = new Log(this.desk);
    this.thread = new Thread(this, {
      message: (message, isLive) => {
        this.log.show(message, isLive);
        shell.heard(message, isLive);
      },
      hello: (isEmpty) => this.#hello(isEmpty),
      answered: (id, refusal) => this.#answered(id, refusal),
      state: shell.online,
      refused: shell.refused,
      reset: () => this.log.clear(),
    });
  }

  /** @param {{drop?: string, sku?: string}} context */
  start(context) {
    this.#context = context;
    if (this.#isOn) return;
    this.#isOn = true;
    this.thread.start();
    this.#ticker = setInterval(() => this.#tick(), TICK);
    this.watch();
  }

  stop() {
    this.#isOn = false;
    this.thread.stop();
    clearInterval(this.#ticker);
    this.unwatch();
  }

  /** Somebody looks: the counts run. */
  watch() {
    this.#stocks.forEach((stock) => stock.start());
  }

  /** Nobody looks: the counts rest. */
  unwatch() {
    this.#stocks.forEach((stock) => stock.stop());
  }

  /** Come with something in mind, and in a language. @param {{drop?: string, sku?: string, locale?: string}} context */
  visit(context) {
    this.#context = context;
    context.locale = this.desk.words.locale;
    this.store.write({ opened: { ...context, at: Date.now() } });
    this.log.turn();
    this.thread.send({ kind: "opened", context });
  }

  /** @param {any} event @param {Element} [from] the control that was used: it waits with us */
  send(event, from) {
    this.log.turn();
    const id = this.thread.send(event);
    if (event.kind === "text") later(({ pend }) => this.thread.waits(id) && pend(this.log, id, event.text));
    if (!from) return;
    from.setAttribute("aria-busy", "true");
    this.#waiting.set(id, from);
    setTimeout(() => this.#waiting.has(id) && from.classList.add("slow"), 300);
  }

  /** @param {Element} el @param {() => void} tick */
  tick(el, tick) {
    this.#ticks.set(el, tick);
    tick();
  }

  #tick() {
    for (const [el, tick] of this.#ticks) {
      if (this.shell.holds(el)) tick();
      else this.#ticks.delete(el);
    }
  }

  /** @param {boolean} isEmpty */
  #hello(isEmpty) {
    const session = /** @type {Session} */ (this.api.session);
    this.shell.ready(session);
    const { opened: last = {} } = this.store.read();
    /** @type {{drop?: string, sku?: string}} */
    const context = { ...(session.drop && { drop: session.drop }), ...this.#context };
    if (isEmpty || context.sku || last.locale !== this.desk.words.locale || last.drop !== context.drop || Date.now() - last.at > GREET_AGAIN_AFTER) this.visit(context);
    // The past has been read in; from now on additions are spoken.
    setTimeout(() => this.log.el.setAttribute("aria-live", "polite"), isEmpty ? 0 : 600);
  }

  /** @param {string} id @param {{code: string, message: string}} [refusal] */
  #answered(id, refusal) {
    if (this.log.pending.has(id)) later(({ answered }) => answered(this.log, id, Boolean(refusal)));
    const from = this.#waiting.get(id);
    this.#waiting.delete(id);
    from?.removeAttribute("aria-busy");
    from?.classList.remove("slow");
    if (refusal) later(({ tellRefusal }) => tellRefusal(this, id, refusal));
  }

  /** @param {Element} el @param {string} drop @param {(stock: Snapshot) => void} patch */
  #follow(el, drop, patch) {
    const stock = this.#stocks.get(drop) || new Stock(drop, this.api);
    this.#stocks.set(drop, stock);
    const watcher = (/** @type {Snapshot} */ latest) => (this.shell.holds(el) ? patch(latest) : stock.watchers.delete(watcher));
    stock.watchers.add(watcher);
    if (stock.latest) patch(stock.latest);
    stock.start();
  }
}
