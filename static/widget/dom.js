const SVG = "http://www.w3.org/2000/svg";

// Lucide (ISC licence), only the drawings used here.
const DRAWINGS = {
  shop: "M15 21v-5a1 1 0 0 0-1-1h-4a1 1 0 0 0-1 1v5M17.774 10.31a1.12 1.12 0 0 0-1.549 0 2.5 2.5 0 0 1-3.451 0 1.12 1.12 0 0 0-1.548 0 2.5 2.5 0 0 1-3.452 0 1.12 1.12 0 0 0-1.549 0 2.5 2.5 0 0 1-3.77-3.248l2.889-4.184A2 2 0 0 1 7 2h10a2 2 0 0 1 1.653.873l2.895 4.192a2.5 2.5 0 0 1-3.774 3.244M4 10.95V19a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-8.05",
  close: "M18 6 6 18M6 6l12 12",
  next: "m9 18 6-6-6-6",
  back: "m15 18-6-6 6-6",
  check: "M20 6 9 17l-5-5",
  pin: "M20 10c0 5-5.5 10.2-7.4 11.8a1 1 0 0 1-1.2 0C9.5 20.2 4 15 4 10a8 8 0 0 1 16 0M12 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  out: "M15 3h6v6M10 14 21 3M18 13v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h6",
  info: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20M12 16v-4M12 8h.01",
  warn: "m21.7 18-8-14a2 2 0 0 0-3.5 0l-8 14A2 2 0 0 0 4 21h16a2 2 0 0 0 1.7-3M12 9v4M12 17h.01",
};

/** @param {keyof typeof DRAWINGS} name @param {string} [className] */
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
 * An element with attributes, listeners (function values) and children; never a string of markup, so that Trusted Types and
 * hostile texts have nothing to bite on.
 * @param {string} tag @param {Record<string, any>} [attributes] @param {...any} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") el.addEventListener(name, value);
    else if (value === true) el.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null && (value !== "" || name === "alt" || name === "value")) el.setAttribute(name, value);
  }
  el.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
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
