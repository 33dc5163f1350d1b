import { h, icon, write } from "./dom.js";
import { Words } from "./words.js";

/** The till: our own page inside the panel, with a way into a tab beside it. @param {string} url @param {Words} words @param {() => void} close */
export function sheet(url, words, close) {
  const frame = h("iframe", { title: words.say("checkout"), allow: "payment", referrerpolicy: "origin" });
  // A page that is cut off from others shows a frame of theirs only without what the browser keeps for them.
  frame.credentialless = crossOriginIsolated;
  frame.src = url;
  const warning = h(".offline", { role: "status" });
  warning.hidden = true;
  const el = h(".sheet", { role: "group", "aria-label": words.say("checkout") },
    h(".head",
      h("button.tap", { "aria-label": words.say("back"), click: close }, icon("back", "flip")),
      h("b", words.say("checkout")),
      h("a", { href: url }, words.say("inTab"), icon("out"))),
    warning, frame);
  const blocked = () => {
    warning.hidden = false;
    write(warning, words.say("frameBlocked"));
  };
  return { el, blocked };
}
