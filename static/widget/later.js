/** @typedef {typeof import("./more.js").more} More */

/** @type {Promise<More>|undefined} */
let fetched;

/**
 * Use the part that opening, picking, holding and paying do without. It is fetched as soon as a panel is open, so that nothing
 * waits for it later; a fetch that failed is tried again with the next use.
 * @param {(more: More) => any} use @param {() => void} [failed]
 */
export function later(use, failed) {
  fetched ??= import("./more.js").then(({ more }) => more);
  return fetched.then(use, () => {
    fetched = undefined;
    failed?.();
  });
}
