import { usableAccent } from "./colours.js";
import { h } from "./dom.js";

const GROUNDS = { light: [[247, 246, 241], [253, 253, 250]], dark: [[12, 18, 15], [19, 28, 24]] };
const OWN = { accent: ["#0e5b3f", "#6fce9e"], label: ["#f6fcf7", "#04160e"] };

/**
 * Wear the first colour wished for that can be read by day, and the first that can be read by night; else the shop's own stays.
 * @param {HTMLElement} root @param {(string|undefined)[]} wishes
 */
export function wearAccent(root, wishes) {
  const probe = h("i", { hidden: true });
  root.append(probe);
  const colours = wishes.map((wish) => {
    probe.style.color = "";
    probe.style.color = (wish || "").trim();
    return probe.style.color && getComputedStyle(probe).color;
  });
  probe.remove();
  const [day, night] = [GROUNDS.light, GROUNDS.dark].map((grounds) => colours.map((colour) => usableAccent(colour, grounds)).find(Boolean));
  const either = (/** @type {"accent"|"label"} */ what) => `light-dark(${day?.[what] ?? OWN[what][0]},${night?.[what] ?? OWN[what][1]})`;
  const isOwn = !day && !night;
  root.style.setProperty("--action", isOwn ? "" : either("accent"));
  root.style.setProperty("--label", isOwn ? "" : either("label"));
  root.style.setProperty("--wash", isOwn ? "" : "color-mix(in srgb, var(--action) 14%, var(--raised))");
}
