/** @param {number[]} rgb */
function luminance(rgb) {
  const [r, g, b] = rgb.map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {number[]} one @param {number[]} other */
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const LIGHT_LABEL = [246, 252, 247];
const DARK_LABEL = [4, 22, 14];

/**
 * The accent to use and the colour of the label on it, or none: it must reach 4.5 as a text on the grounds and under its label.
 * @param {string} colour as computed by the browser, `rgb(…)` @param {number[][]} grounds
 */
export function usableAccent(colour, grounds) {
  const accent = (colour.match(/^rgb\((\d+), (\d+), (\d+)\)$/) || []).slice(1).map(Number);
  if (!accent.length || grounds.some((ground) => contrast(accent, ground) < 4.5)) return null;
  const label = [LIGHT_LABEL, DARK_LABEL].find((ink) => contrast(accent, ink) >= 4.5);
  return label ? { accent: `rgb(${accent})`, label: `rgb(${label})` } : null;
}
