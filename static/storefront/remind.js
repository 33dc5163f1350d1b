// "Tell me when it opens" on this device. The browser is asked for permission after the tap and never before it; whatever
// goes wrong leads to the page where an e-mail address can be left, which works without this file.
const words = {
  asking: "One moment …",
  told: "This device will be told.",
  denied: "Your browser does not let us send messages here. Leave an address instead, or put it into your calendar.",
  failed: "That did not work on this device just now. An e-mail or your calendar does it too.",
};

const manager = async () => {
  // Safari's declarative push needs no worker; everybody else does.
  if (window.pushManager) return window.pushManager;
  if (!("serviceWorker" in navigator && "PushManager" in window)) return null;
  await navigator.serviceWorker.register("/push.js", { scope: "/" });
  return (await navigator.serviceWorker.ready).pushManager;
};

const canPush = () =>
  "Notification" in window && (window.pushManager || ("serviceWorker" in navigator && "PushManager" in window));

const bytes = (key) => Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

async function token(button) {
  const own = button.closest("form")?.querySelector("[name=csrfmiddlewaretoken]");
  if (own) return own.value;
  const page = await (await fetch(button.dataset.page, { headers: { Accept: "text/html" } })).text();
  return new DOMParser().parseFromString(page, "text/html").querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

async function subscribe(button) {
  const applicationServerKey = bytes(button.dataset.key);
  const push = await manager();
  let found = await push.getSubscription();
  const key = found?.options?.applicationServerKey;
  if (found && key && new Uint8Array(key).join() !== applicationServerKey.join()) {
    await found.unsubscribe(); // made for a key that the shop no longer has
    found = null;
  }
  found ??= await push.subscribe({ userVisibleOnly: true, applicationServerKey });
  const { endpoint, keys } = found.toJSON();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const answer = await fetch(button.dataset.push, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": await token(button) },
    body: JSON.stringify({ endpoint, keys, zone, for: button.dataset.for ?? "" }),
  });
  if (answer.ok) return "";
  return (await answer.json().catch(() => ({}))).message ?? words.failed; // the shop's own words say why
}

function say(button, text, { isOver = false } = {}) {
  const said = button.parentElement.querySelector("[data-remind-said]");
  said.textContent = text;
  said.hidden = false;
  button.hidden = isOver;
}

async function tellMe(button) {
  button.setAttribute("aria-busy", "true");
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      elsewhere(button, "no");
      return;
    }
    say(button, words.asking);
    const refusal = await subscribe(button);
    say(button, refusal || words.told, { isOver: !refusal });
  } catch (error) {
    console.info(error);
    elsewhere(button, "failed");
  } finally {
    button.removeAttribute("aria-busy");
  }
}

// Where the mail form is on this page already, the words are enough.
function elsewhere(button, why) {
  if (button.dataset.here === undefined) location.assign(`${button.dataset.page}?push=no#mail`);
  else say(button, why === "no" ? words.denied : words.failed, { isOver: why === "no" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remind]");
  if (!button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (!button.dataset.key || !canPush() || Notification.permission === "denied") {
    if (button.dataset.here !== undefined) say(button, words.denied, { isOver: true });
    return; // a link then leads to the page
  }
  event.preventDefault();
  tellMe(button);
});

for (const zone of document.querySelectorAll("[data-zone-of]")) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
// A button for this device is shown only where it can work.
for (const button of document.querySelectorAll("[data-remind][data-here]")) {
  button.hidden = !button.dataset.key || !canPush();
  if (!button.hidden && Notification.permission === "denied") say(button, words.denied, { isOver: true });
}
