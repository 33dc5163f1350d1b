const SVG = "http://www.w3.org/2000/svg";

// An awning of our own; the rest is Lucide (ISC licence). The part that is fetched later brings more.
/** @type {Record<string, string>} */
export const DRAWINGS = {
  shop: "m2 8 3-6h14l3 6a3.3 3.3 0 0 1-6.7 0 3.3 3.3 0 0 1-6.6 0A3.3 3.3 0 0 1 2 8zM4 12v10h16V12M9 22v-6h6v6",
  close: "M18 6 6 18M6 6l12 12",
  next: "m9 18 6-6-6-6",
  back: "m15 18-6-6 6-6",
  out: "M15 3h6v6M10 14 21 3M18 13v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h6",
};

/** @param {string} name @param {string} [className] */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${name} ${className}`);
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}

/**
 * An element named like in a selector (`"p.note"`, `".card"` for a div), with attributes, listeners (function values) and children;
 * never a string of markup, so that Trusted Types and hostile texts have nothing to bite on. A button of ours never submits
 * unless it says so, and a link of ours always leaves in a tab of its own.
 * @param {string} name @param {...any} children the attributes first, if there are any
 * @returns {any}
 */
export function h(name, ...children) {
  const [tag, ...classes] = name.split(".");
  const el = document.createElement(tag || "div");
  const attributes = children[0]?.constructor === Object ? children.shift() : {};
  if (classes.length) el.className = classes.join(" ");
  if (tag === "button") el.setAttribute("type", tag);
  if (tag === "a") Object.assign(el, { target: "_blank", rel: "noopener" });
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") el.addEventListener(key, value);
    else if (value === true) el.setAttribute(key, "");
    else if (value !== false && value != null && (value !== "" || key === "alt" || key === "value")) el.setAttribute(key, value);
  }
  el.append(...children.flat().filter((child) => child || child === 0));
  return el;
}

/** Write a text only if it differs: an equal write would still wake a screen reader. @param {Element} el @param {string} text */
export function write(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

/** Only web addresses; anything else (`javascript:`) becomes none. @param {string|undefined|null} url @param {string} base */
export function webAddress(url, base) {
  if (!url) return "";
  try {
    const full = new URL(url, base);
    return /^https?:$/.test(full.protocol) ? full.href : "";
  } catch {
    return "";
  }
}
