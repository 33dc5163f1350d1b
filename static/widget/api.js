import { Store } from "./store.js";
import { Clock } from "./clock.js";

/** Who the host's server says that the visitor is: a signed token. */
export const visitor = { identity: "" };

/** The shop's HTTP side, with the shopper's session. */
export class Api {
  /** @type {Promise<Session>|null} */
  #opening = null;

  /** @param {{base: string, key: string, store: Store, clock: Clock, locale: () => string, refused: (problem: any) => void}} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /** @returns {Session|undefined} */
  get session() {
    return this.desk.store.read().session;
  }

  /** The session of this key, made now if there is none. @returns {Promise<Session>} */
  open() {
    if (this.session) return Promise.resolve(this.session);
    this.#opening ??= this.#begin().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Say who the host page says that this is, once there is a session to say it to. */
  async identify() {
    const { identity } = visitor;
    if (identity && this.session) await this.ask("POST", "sessions/identity", { identity }).catch(this.desk.refused);
  }

  /** The server no longer knows the session. */
  forget() {
    this.desk.store.write({ session: undefined, opened: undefined });
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async ask(method, path, body) {
    const token = this.session?.token;
    const answer = await fetch(`${this.desk.base}/api/v1/${path}`, {
      method,
      credentials: "omit",
      headers: { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(15e3),
    });
    const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    this.desk.clock.heard(said.server_time);
    if (!answer.ok) throw Object.assign(new Error(said.message || `HTTP ${answer.status}`), { status: answer.status, code: said.code });
    return said;
  }

  async #begin() {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const session = await this.ask("POST", "sessions", { key: this.desk.key, locale: this.desk.locale(), time_zone, device: this.desk.store.device() });
    this.desk.store.write({ session });
    await this.identify();
    return session;
  }
}
