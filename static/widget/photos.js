import { h, webAddress } from "./dom.js";

/** A photo in its well: its placeholder at once, then it develops. @param {Image} image @param {string} base */
export function photo(image, base) {
  const source = (/** @type {string} */ type, /** @type {string|undefined} */ srcset) => srcset && h("source", { type, srcset, sizes: "(max-width: 640px) 100vw, 390px" });
  const img = h("img", { alt: image.alt || "", width: image.w, height: image.h, decoding: "async" });
  if (image.focal?.length) img.style.objectPosition = image.focal.map((part) => `${part * 100}%`).join(" ");
  img.addEventListener("load", () => img.classList.add("developed"));
  img.src = webAddress(image.url, base);
  const well = h(".photo", h("picture", source("image/avif", image.srcset_avif), source("image/webp", image.srcset_webp), img));
  const under = image.placeholder || "";
  if (/^#[0-9a-f]{3,8}$/i.test(under)) well.style.backgroundColor = under;
  else if (/^data:image\/[\w+;=,/-]+$/.test(under)) well.style.backgroundImage = `url("${under}")`;
  return well;
}
