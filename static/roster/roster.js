// @ts-check
/*
 * The roster without page loads, and without losing a tap when the network goes. Everything here also works as plain
 * forms: this file sends the same forms, puts the answer's parts in place, and keeps what could not be sent.
 *
 * What waits is kept in localStorage until the shop has answered. Each tap has a nonce, so sending it twice hands over once.
 */
(() => {
  "use strict";

  const OUTBOX = "roster-outbox";
  const RETRY_MS = 15000;
  const SCAN_MS = 250;
  const SAME_CODE_MS = 6000;
  const FRESH_AFTER_MS = 5000;

  const result = need("result");
  const network = need("network");
  const entry = /** @type {HTMLDetailsElement} */ (need("entry"));
  let offlineSince = /** @type {Date | null} */ (null);
  let isSending = false;
  let seenAt = Date.now();

  /** @typedef {{url: string, fields: Record<string, string>, label: string, at: number}} Waiting */

  /** @param {string} id */
  function need(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`The page has no #${id}`);
    return found;
  }

  // The outbox ----------------------------------------------------------------------------------------------------

  /** @type {Waiting[]} */
  let memory = [];

  /** @returns {Waiting[]} */
  function waiting() {
    try {
      return JSON.parse(localStorage.getItem(OUTBOX) || "[]");
    } catch {
      return memory;
    }
  }

  /** @param {Waiting[]} items */
  function keep(items) {
    memory = items;
    try {
      localStorage.setItem(OUTBOX, JSON.stringify(items));
    } catch {
      // Private windows may refuse; then what waits lasts as long as the page.
    }
  }

  // Sending -------------------------------------------------------------------------------------------------------

  /**
   * @param {string} url
   * @param {BodyInit | undefined} body
   * @returns {Promise<Document | null>} the page that answered, or null if this telephone was signed out
   */
  async function ask(url, body) {
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      body,
      credentials: "same-origin",
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(12000),
    });
    if (answer.status >= 500) throw new Error(`The shop answered ${answer.status}`);
    if (answer.status === 403) {
      location.reload();
      return null;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!body || answer.redirected) history.replaceState(null, "", answer.url);
    return page;
  }

  /** @param {Document} page @param {boolean} keepResults */
  function show(page, keepResults = false) {
    for (const old of document.querySelectorAll("[data-swap]")) {
      const fresh = page.getElementById(old.id);
      if (fresh) old.replaceChildren(...fresh.childNodes);
    }
    document.title = page.title;
    const news = [...(page.getElementById("result")?.children ?? [])];
    if (news.length) {
      if (keepResults) result.append(...news);
      else result.replaceChildren(...news);
      navigator.vibrate?.(result.querySelector(".result--done") ? 60 : [60, 60, 60]);
    }
    seenAt = Date.now();
    markWaiting();
  }

  /** @param {HTMLFormElement} form */
  async function send(form) {
    if (form.getAttribute("aria-busy")) return;
    const fields = new FormData(form);
    if (form.dataset.code !== undefined || form.dataset.photo !== undefined) fields.set("nonce", newNonce());
    const at = Date.now();
    form.setAttribute("aria-busy", "true");
    try {
      const page = await ask(form.action, fields);
      online();
      if (page) {
        result.replaceChildren();
        show(page);
      }
      // What was refused stays in the field, to be put right.
      if ((form.dataset.code !== undefined || form.dataset.photo !== undefined) && result.querySelector(".result--done")) {
        form.reset();
      }
      if (form.dataset.find !== undefined && !isWide()) entry.open = false;
    } catch {
      offline();
      if (form.dataset.find !== undefined || form.dataset.photo !== undefined) {
        say("No network. Nothing was sent; please try again when it is back.");
      } else {
        const plain = Object.fromEntries([...fields].filter(([, value]) => typeof value === "string"));
        const label = form.dataset.label || String(plain.code || "").toUpperCase();
        keep([...waiting(), { url: form.action, fields: /** @type {Record<string, string>} */ (plain), label, at }]);
        if (form.dataset.code !== undefined) form.reset();
        result.replaceChildren();
      }
      tell();
      markWaiting();
    } finally {
      form.removeAttribute("aria-busy");
    }
  }

  async function drain() {
    if (isSending || !waiting().length) return;
    isSending = true;
    result.replaceChildren();
    try {
      while (waiting().length) {
        const [next] = waiting();
        const body = new FormData();
        for (const [name, value] of Object.entries(next.fields)) body.set(name, value);
        body.set("happened_at", String(next.at));
        const token = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
        if (token) body.set("csrfmiddlewaretoken", token.value);
        const page = await ask(next.url, body);
        if (!page) return;
        // Only an answer takes it out of the outbox, whatever the answer is.
        keep(waiting().slice(1));
        show(page, true);
      }
      online();
    } catch {
      offline();
    } finally {
      isSending = false;
      tell();
      markWaiting();
    }
  }

  async function refresh() {
    try {
      const page = await ask(location.href, undefined);
      online();
      if (page) show(page);
    } catch {
      offline();
    }
  }

  function newNonce() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Saying how the network is ------------------------------------------------------------------------------------

  function offline() {
    offlineSince ??= new Date();
    tell();
  }

  function online() {
    offlineSince = null;
    tell();
  }

  function tell() {
    const count = waiting().length;
    if (!offlineSince && !count) {
      network.replaceChildren();
      return;
    }
    const since = offlineSince
      ? `Offline since ${offlineSince.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}. `
      : "";
    const many = count === 1 ? "1 tap waits on this phone and is" : `${count} taps wait on this phone and are`;
    line(network, since + (count ? `${many} sent by itself when the network is back.` : "Nothing is lost; taps are kept."));
  }

  /** @param {string} text */
  function say(text) {
    line(result, text);
  }

  /** @param {HTMLElement} place @param {string} text */
  function line(place, text) {
    if (place.textContent?.trim() === text) return;
    const template = /** @type {HTMLTemplateElement} */ (need("offline-text"));
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const words = copy.querySelector("span");
    if (words) words.textContent = text;
    place.replaceChildren(copy);
  }

  function markWaiting() {
    const refs = new Set(waiting().map((item) => item.fields.pickup));
    for (const row of document.querySelectorAll(".row")) {
      const waits = refs.has(row.id.slice(2));
      row.querySelector("[data-waiting]")?.toggleAttribute("hidden", !waits);
      for (const button of row.querySelectorAll("button")) button.disabled = waits;
    }
  }

  // The camera ----------------------------------------------------------------------------------------------------

  let stream = /** @type {MediaStream | null} */ (null);
  let looking = 0;

  function isWide() {
    return matchMedia("(min-width: 900px)").matches;
  }

  async function startCamera() {
    const Detector = /** @type {any} */ (window).BarcodeDetector;
    if (!Detector || !navigator.mediaDevices || stream) return;
    try {
      if (!(await Detector.getSupportedFormats()).includes("qr_code")) return;
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      return; // No camera, or not allowed: typing and photographs are there.
    }
    if (!entry.open) {
      stopCamera();
      return;
    }
    const video = /** @type {HTMLVideoElement} */ (document.querySelector("#camera video"));
    const detector = new Detector({ formats: ["qr_code"] });
    let last = { text: "", at: 0 };
    need("camera").hidden = false;
    video.srcObject = stream;
    await video.play().catch(() => undefined);
    looking = window.setInterval(async () => {
      const [found] = await detector.detect(video).catch(() => []);
      if (!found || (found.rawValue === last.text && Date.now() - last.at < SAME_CODE_MS)) return;
      last = { text: found.rawValue, at: Date.now() };
      enterCode(found.rawValue);
    }, SCAN_MS);
  }

  function stopCamera() {
    window.clearInterval(looking);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    need("camera").hidden = true;
  }

  /** @param {string} text */
  function enterCode(text) {
    const form = /** @type {HTMLFormElement} */ (document.querySelector("form[data-code]"));
    const field = /** @type {HTMLInputElement} */ (need("code"));
    field.value = text.slice(0, 40);
    form.requestSubmit();
  }

  // Listening -----------------------------------------------------------------------------------------------------

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.dataset.send === undefined) return;
    event.preventDefault();
    send(form);
  });

  need("photo").addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.files?.length) field.form?.requestSubmit();
  });

  entry.addEventListener("toggle", () => {
    if (entry.open) {
      startCamera();
      if (isWide()) need("code").focus({ preventScroll: true });
    } else {
      stopCamera();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && entry.open && !isWide()) {
      entry.open = false;
      entry.querySelector("summary")?.focus();
      return;
    }
    // A scanner that types like a keyboard needs no field in focus: what it types goes to the code.
    const isField = event.target instanceof Element && event.target.closest("input, button, summary, a");
    if (!isField && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      entry.open = true;
      need("code").focus({ preventScroll: true });
    }
  });

  window.addEventListener("online", () => (waiting().length ? drain() : refresh()));
  window.addEventListener("offline", offline);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stopCamera();
      return;
    }
    if (entry.open) startCamera();
    if (waiting().length) drain();
    else if (Date.now() - seenAt > FRESH_AFTER_MS) refresh();
  });
  window.setInterval(() => waiting().length && drain(), RETRY_MS);

  if (isWide()) entry.open = true;
  if (!navigator.onLine) offline();
  tell();
  markWaiting();
  drain();
})();
