import { Api } from "./api.js";

const QUIET = 17e3; // a beat every 15 s, and a little patience
const POLL_STOCK = 5e3;
const GONE = 4404;
const LONGEST_PAUSE = 30e3;

/** The live counts of one drop: full snapshots, the older of two dropped, repaired over HTTP when the socket falls silent. */
export class Stock {
  /** @type {Snapshot|null} */
  latest = null;
  /** @type {Set<(stock: Snapshot) => void>} */
  watchers = new Set();
  /** @type {WebSocket|null} */
  #socket = null;
  #isOn = false;
  #tries = 0;
  /** @type {Record<string, number>} */
  #timers = {};

  /** @param {string} drop @param {Api} api */
  constructor(drop, api) {
    this.drop = drop;
    this.api = api;
  }

  start() {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#connect();
  }

  stop() {
    this.#isOn = false;
    Object.values(this.#timers).forEach(clearTimeout);
    this.#drop();
  }

  /** @param {Snapshot} stock */
  take(stock) {
    const known = this.latest;
    if (known && (stock.epoch < known.epoch || (stock.epoch === known.epoch && stock.seq <= known.seq))) return;
    this.latest = stock;
    this.watchers.forEach((watcher) => watcher(stock));
  }

  #connect() {
    if (!this.#isOn || this.#socket || !this.api.session) return;
    const { sockets_url, token } = this.api.session;
    try {
      this.#listen(new WebSocket(`${sockets_url}/ws/v1/drops/${this.drop}/stock`, ["creatorshop.v1", `bearer.${token}`]));
    } catch {
      // No sockets on this page: the watch below reads over HTTP for good.
    }
    this.#watch();
  }

  /** @param {WebSocket} socket */
  #listen(socket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      this.#tries = 0;
      this.api.desk.clock.heard(frame.now);
      this.#watch();
      if (frame.type === "stock") this.take(frame);
    };
    socket.onclose = socket.onerror = (event) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (/** @type {CloseEvent} */ (event).code === GONE) return this.stop();
      const wait = Math.random() * Math.min(LONGEST_PAUSE, 500 * 2 ** this.#tries++);
      this.#timers.retry = setTimeout(() => this.#connect(), wait);
      if (this.#tries === 1) this.#read();
    };
  }

  #watch() {
    clearTimeout(this.#timers.silence);
    if (this.#isOn) this.#timers.silence = setTimeout(() => this.#read().then(() => this.#watch()), this.#tries > 2 ? POLL_STOCK : QUIET);
  }

  async #read() {
    if (document.hidden) return;
    try {
      this.take(await this.api.ask("GET", `drops/${this.drop}/stock`));
    } catch {
      // The next silence asks again; the last true count stays with its words.
    }
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timers.retry);
    if (!socket) return;
    socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }
}

/**
 * The line under a card, said of the true counts.
 * @param {import("./words.js").Words} words @param {Live} live @param {Snapshot} stock @param {number} now
 */
export function stockLine(words, live, stock, now) {
  const counts = stock.skus.filter(({ sku }) => live.skus.includes(sku));
  const sum = (/** @type {"total"|"available"|"held"|"kept"} */ what) => counts.reduce((all, count) => all + count[what], 0);
  // What is kept for people who wait is promised to somebody too.
  const [n, held, total] = [sum("available"), sum("held") + sum("kept"), sum("total")];
  const facts = [];
  if (n) facts.push(words.say("left", { n, total }));
  if (n && held) facts.push(words.say("onHold", { n: held }));
  if (!n && held) {
    facts.push(words.say("allHeld", { total }));
    const next = counts.map((count) => count.next_return_at).filter(Boolean).sort()[0];
    if (next) facts.push(words.say("nextHold", { time: words.moment(next, now) }));
  }
  return { text: facts.join(" · ") || words.say("soldOut"), isOut: !n };
}
