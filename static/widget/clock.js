/**
 * The server's time. The device's own clock may be an hour off, so it is never asked: the time of a frame is pinned to the
 * monotonic counter when it arrives. A late frame makes the server look slow, so the furthest reading of the last minute wins.
 */
export class Clock {
  #pinned = Date.now() - performance.now();
  #at = -Infinity;

  /** @param {string|undefined} now */
  heard(now) {
    const reading = Date.parse(now || "") - performance.now();
    if (Number.isNaN(reading)) return;
    if (this.#at < performance.now() - 60e3 || reading > this.#pinned) {
      this.#pinned = reading;
      this.#at = performance.now();
    }
  }

  now() {
    return this.#pinned + performance.now();
  }

  /** Milliseconds until then, never less than none. @param {string} iso */
  until(iso) {
    return Math.max(0, Date.parse(iso) - this.now());
  }
}
