// Makes the product page livelier; every part of it works without this file.
const root = document.documentElement;
root.classList.add("is-live");
let running = null;

// A choice fetches the same page and swaps the parts that differ.
async function go(url, { keep = true } = {}) {
  running?.abort();
  running = new AbortController();
  document.querySelector(".buy").setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { signal: running.signal, headers: { Accept: "text/html" } });
    // Its style blocks carry a nonce of their own, which this page's policy would report; all rules are here already.
    const markup = (await answer.text()).replace(/<style[^]*?<\/style>/g, "");
    const next = new DOMParser().parseFromString(markup, "text/html");
    swap(next);
    if (keep) history.replaceState(null, "", url);
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
    return;
  }
  document.querySelector(".buy").removeAttribute("aria-busy");
}

function swap(next) {
  const at = document.activeElement;
  const again = at?.id ? `#${CSS.escape(at.id)}` : at?.name && `[name="${at.name}"][value="${CSS.escape(at.value)}"]`;
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = next.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!fresh || fresh.isEqualNode(part)) continue;
    if (part.dataset.part === "gallery" && photos(fresh) === photos(part)) continue;
    part.replaceWith(document.adoptNode(fresh));
  }
  document.body.className = next.body.className;
  if (again) document.querySelector(again)?.focus({ preventScroll: true });
  setUpGallery();
  develop();
}

const photos = (part) => [...part.querySelectorAll(".gallery__track img")].map((image) => image.src).join();

function choose(form) {
  const query = new URLSearchParams(new FormData(form));
  for (const [name, value] of [...query]) if (!value) query.delete(name);
  go(`${form.action}?${query}`);
}

document.addEventListener("change", (event) => event.target.form?.id === "choose" && choose(event.target.form));
document.addEventListener("submit", (event) => {
  if (event.target.id === "choose") {
    event.preventDefault();
    choose(event.target);
  } else if (event.target.id === "hold") {
    event.target.querySelector("button").setAttribute("aria-busy", "true");
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    go(link.href);
  }
});
// The place in line is read anew when the line moves, by everybody in it, so not by all at the same moment.
let looking = 0;
window.addEventListener("line-moved", () => {
  if (looking || !document.querySelector("[data-line]")) return;
  looking = setTimeout(() => {
    looking = 0;
    go(location.href, { keep: false });
  }, Math.random() * 3000);
});
window.addEventListener("stock-turned", () => go(location.href, { keep: false }));

// Gallery: arrows, the current frame, and zoom.
function setUpGallery() {
  const track = document.querySelector(".gallery__track");
  const arrows = document.querySelector(".gallery__arrows");
  if (!track || !arrows || !arrows.hidden) return;
  arrows.hidden = false;
  const links = [...document.querySelectorAll(".contacts a")];
  const count = track.children.length;
  const current = () => Math.round(Math.abs(track.scrollLeft) / track.clientWidth);
  const scrollTo = (index) => track.children[index].scrollIntoView({ block: "nearest", inline: "start" });
  const mark = () => {
    const index = current();
    links.forEach((link, at) => (at === index ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
    const [previous, next] = arrows.children;
    previous.disabled = index === 0;
    next.disabled = index === count - 1;
  };
  track.addEventListener("scroll", mark, { passive: true });
  for (const arrow of arrows.children) {
    arrow.addEventListener("click", () => scrollTo(Math.min(count - 1, Math.max(0, current() + Number(arrow.dataset.step)))));
  }
  links.forEach((link, at) =>
    link.addEventListener("click", (event) => {
      event.preventDefault();
      scrollTo(at);
    }),
  );
  mark();
}

const zoom = document.getElementById("zoom");
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-zoom]");
  if (!link || !zoom?.showModal) return;
  event.preventDefault();
  const image = zoom.querySelector("img");
  image.src = link.href;
  image.alt = link.closest(".frame").querySelector("img").alt;
  zoom.showModal();
});

// A drop that opens while somebody looks: count to it, then show what is true.
const opens = document.querySelector("[data-opens]");
if (opens) {
  const skew = Date.parse(opens.dataset.now) - Date.now();
  const tick = () => {
    const left = Math.ceil((Date.parse(opens.dataset.opens) - Date.now() - skew) / 1000);
    const [days, hours, minutes] = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60];
    opens.hidden = false;
    opens.textContent = days ? `In ${days} d ${hours} h` : `In ${hours}:${String(minutes).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
    if (left <= 0) {
      clearInterval(timer);
      setTimeout(() => location.reload(), 500 + Math.random() * 1500);
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
}
// A photo that arrives late develops over its likeness instead of popping up.
function develop() {
  for (const image of document.querySelectorAll('.frame img[loading="lazy"]')) {
    if (image.complete) continue;
    image.classList.add("is-developing");
    const done = () => image.classList.remove("is-developing");
    image.addEventListener("load", done, { once: true });
    image.addEventListener("error", done, { once: true });
  }
}

document.getElementById("note")?.focus();
setUpGallery();
develop();
