/** What one key remembers between pages: session, outbox, what was opened last. Falls back to memory where storage is blocked. */
export class Store {
  /** @type {Record<string, any>} */
  #memory = {};

  /** @param {string} key */
  constructor(key) {
    this.name = `creatorshop:${key}`;
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.name) || "null") || this.#memory;
    } catch {
      return this.#memory;
    }
  }

  /** @param {Record<string, any>} facts */
  write(facts) {
    this.#memory = { ...this.read(), ...facts };
    try {
      localStorage.setItem(this.name, JSON.stringify(this.#memory));
    } catch {
      // Blocked or full: this page's memory has to do.
    }
  }

  /** A random id of this browser at this shop. Limits go by it; it names nobody, and is another one in every shop. */
  device() {
    const { device = uuid() } = this.read();
    this.write({ device });
    return device;
  }
}

/** `crypto.randomUUID` is missing on plain-http pages. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return [...bytes].map((byte, i) => ([4, 6, 8, 10].includes(i) ? "-" : "") + byte.toString(16).padStart(2, "0")).join("");
}
