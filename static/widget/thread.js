import { Api } from "./api.js";
import { Clock } from "./clock.js";
import { later } from "./later.js";
import { Store, uuid } from "./store.js";

const SESSION_INVALID = 4401;
const REFUSED = 4403;
const UNREADABLE = 4408;
const TOO_FAST = 4429;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30e3;
const SILENCE = 40e3; // the server beats every 15 s
const OFFLINE_AFTER = 5e3;
const STALE_AFTER = 60e3;

/**
 * The thread's line to the shop: a socket, or long polling where a host's policy or a proxy forbids sockets.
 * Nothing is lost (an outbox until acknowledged, replay from the last `seq`) and nothing doubled (message id and revision).
 */
export class Thread {
  seq = 0;
  /** @type {Map<string, number>} */
  #revisions = new Map();
  /** @type {WebSocket|null} */
  #socket = null;
  #alive = new AbortController();
  #greeted = false;
  #tries = 0;
  #deaf = 0;
  #past = -1;
  #hiddenAt = 0;
  #isOffline = false;
  isPolling = false;
  /** @type {Record<string, number>} */
  #timers = {};

  /**
   * @param {{api: Api, store: Store, clock: Clock}} talk
   * @param {{message: (message: Message, isLive: boolean) => void, hello: (isEmpty: boolean) => void, answered: (id: string, refusal?: {code: string, message: string}) => void,
   *   state: (isOnline: boolean) => void, refused: () => void, reset: () => void}} on
   */
  constructor(talk, on) {
    this.talk = talk;
    this.on = on;
  }

  get isOver() {
    return this.#alive.signal.aborted;
  }

  /** Whether the shop has said where the past ends. */
  get isGreeted() {
    return this.#past >= 0;
  }

  start() {
    this.#alive = new AbortController();
    const { signal } = this.#alive;
    addEventListener("online", () => this.#again(), { signal });
    document.addEventListener(
      "visibilitychange",
      () => {
        if (document.hidden) this.#hiddenAt = performance.now();
        else if (!this.#greeted || performance.now() - this.#hiddenAt > STALE_AFTER) this.#again();
      },
      { signal },
    );
    this.#connect();
  }

  stop() {
    this.#alive.abort();
    this.#hangUp();
    Object.values(this.#timers).forEach(clearTimeout);
    this.#timers = {};
    this.isPolling = false;
  }

  /** Send something that must arrive once. @param {object} event @returns {string} its id */
  send(event) {
    const sent = { id: uuid(), ...event };
    this.#keep([...this.outbox(), sent]);
    if (this.#greeted) this.#socket?.send(JSON.stringify(sent));
    else if (this.isPolling) this.#poll();
    return sent.id;
  }

  async #connect() {
    if (this.isOver || this.#socket) return;
    try {
      const { token, sockets_url } = await this.talk.api.open();
      if (this.isOver || this.#socket) return;
      this.#listen(new WebSocket(`${sockets_url}/ws/v1/thread?since=${this.seq}`, ["creatorshop.v1", `bearer.${token}`]));
    } catch (caught) {
      const problem = /** @type {any} */ (caught);
      if (problem.status === 403 || problem.status === 404) return this.refuse();
      // A constructor that throws means that this page can never have a socket.
      if (this.talk.api.session) this.#deaf = 2;
      this.#lost();
    }
  }

  /** @param {WebSocket} socket */
  #listen(socket) {
    this.#socket = socket;
    const hush = (wait = SILENCE) => this.after("silence", wait, () => socket.close());
    hush(10e3);
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      hush();
      this.#frame(JSON.parse(data));
    };
    // A socket that the page's policy forbids has an error and no end.
    socket.onclose = socket.onerror = (event) => {
      const { code } = /** @type {CloseEvent} */ (event);
      if (this.#socket !== socket) return;
      this.#deaf = this.#greeted || !navigator.onLine ? 0 : this.#deaf + 1;
      this.#hangUp();
      if (code === REFUSED) return this.refuse();
      if (code === SESSION_INVALID) this.renew();
      // Sent again it would end the line again.
      if (code === UNREADABLE) this.outbox().forEach(({ id }) => this.settle(id, { code: "unreadable", message: "" }));
      this.#lost(code === TOO_FAST ? 5e3 : 0);
    };
  }

  /** @param {any} frame */
  #frame(frame) {
    this.talk.clock.heard(frame.now);
    if (frame.type === "hello") {
      this.isPolling = false;
      clearTimeout(this.#timers.poll);
      // A shop that knows less than we do has begun another life.
      if (frame.seq < this.seq) this.seq = 0;
      // What waited goes first; whatever the greeting sets off is sent by itself.
      this.outbox().forEach((event) => this.#socket?.send(JSON.stringify(event)));
      this.#greeted = true;
      this.greet(frame.seq);
    } else if (frame.type === "message") this.take(frame.message);
    else if (frame.type === "ack") this.settle(frame.id);
    else if (frame.type === "refused") this.settle(frame.id, frame);
  }

  /** @param {number} seq where the past ends */
  greet(seq) {
    this.#up();
    if (this.isGreeted) return;
    this.#past = seq;
    this.on.hello(seq === 0);
  }

  /** @param {Message} message */
  take(message) {
    this.seq = Math.max(this.seq, message.seq);
    if ((this.#revisions.get(message.id) ?? -1) >= message.revision) return;
    this.#revisions.set(message.id, message.revision);
    this.on.message(message, this.isGreeted && message.seq > this.#past);
  }

  /** @param {string} id @param {{code: string, message: string}} [refusal] */
  settle(id, refusal) {
    this.#keep(this.outbox().filter((event) => event.id !== id));
    this.on.answered(id, refusal);
  }

  /** @param {string} id */
  waits(id) {
    return this.outbox().some((event) => event.id === id);
  }

  /** @returns {Outgoing[]} */
  outbox() {
    return this.talk.store.read().outbox || [];
  }

  /** @param {object[]} outbox */
  #keep(outbox) {
    this.talk.store.write({ outbox });
  }

  #hangUp() {
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    clearTimeout(this.#timers.silence);
    if (!socket) return;
    socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }

  /** Wait a random while, longer each time, and try again. @param {number} [least] */
  #lost(least = 0) {
    if (this.#deaf > 1 && !this.isPolling) {
      this.isPolling = true;
      this.#poll();
    } else if (!this.isPolling) this.down();
    const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#tries++);
    this.after("retry", this.isPolling ? STALE_AFTER : least + Math.random() * most, () => this.#connect());
  }

  #again() {
    this.#hangUp();
    this.#tries = 0;
    if (this.isPolling) this.#poll();
    this.#connect();
  }

  refuse() {
    this.stop();
    this.on.refused();
  }

  #poll() {
    later(({ poll }) => poll(this));
  }

  /** Another session is another thread. */
  renew() {
    this.talk.api.forget();
    this.seq = 0;
    this.#past = -1;
    this.#revisions.clear();
    this.on.reset();
  }

  #up() {
    this.#tries = 0;
    if (this.#timers.offline && this.isPolling) this.#connect();
    clearTimeout(this.#timers.offline);
    delete this.#timers.offline;
    if (this.#isOffline) this.on.state(true);
    this.#isOffline = false;
  }

  down() {
    if (this.#isOffline || this.#timers.offline) return;
    this.after("offline", OFFLINE_AFTER, () => {
      this.#isOffline = true;
      this.on.state(false);
    });
  }

  /** @param {string} name @param {number} wait @param {() => void} act */
  after(name, wait, act) {
    clearTimeout(this.#timers[name]);
    if (!this.isOver) this.#timers[name] = setTimeout(act, wait);
  }
}
