import { Store } from "./store.js";
import { Clock } from "./clock.js";

/** The shop's HTTP side, with the shopper's session. */
export class Api {
  /** @type {Promise<Session>|null} */
  #opening = null;
  #identity = "";

  /** @param {{base: string, key: string, store: Store, clock: Clock, locale: () => string, refused: (problem: any) => void}} desk */
  constructor({ base, key, store, clock, locale, refused }) {
    this.base = base;
    this.key = key;
    this.store = store;
    this.clock = clock;
    this.locale = locale;
    this.refused = refused;
  }

  /** @returns {Session|undefined} */
  get session() {
    return this.store.read().session;
  }

  /** The session of this key, made now if there is none. @returns {Promise<Session>} */
  open() {
    if (this.session) return Promise.resolve(this.session);
    this.#opening ??= this.#begin().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Who the host page says that this is: said to the session as soon as there is one. @param {string} identity */
  async identify(identity) {
    this.#identity = identity;
    if (identity && this.session) await this.ask("POST", "sessions/identity", { identity }).catch(this.refused);
  }

  /** The server no longer knows the session. */
  forget() {
    this.store.write({ session: undefined, opened: undefined });
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async ask(method, path, body) {
    const token = this.session?.token;
    const answer = await fetch(`${this.base}/api/v1/${path}`, {
      method,
      credentials: "omit",
      headers: { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(15e3),
    });
    const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    this.clock.heard(said.server_time);
    if (!answer.ok) throw Object.assign(new Error(said.message || `HTTP ${answer.status}`), { status: answer.status, code: said.code });
    return said;
  }

  async #begin() {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const session = await this.ask("POST", "sessions", { key: this.key, locale: this.locale(), time_zone, device: this.store.device() });
    this.store.write({ session });
    await this.identify(this.#identity);
    return session;
  }
}
