// Stripe's Payment Element on our page. What is typed into it stays in Stripe's own frame; the bank's further step, if there
// is one, is shown by Stripe as well. Afterwards the shop asks Stripe how it went: nothing that happens here is believed.
const form = document.querySelector("[data-pay]");
const state = document.querySelector("[data-state]");
const trouble = form.querySelector("[data-trouble]");
const button = form.querySelector("[data-submit]");
const { key, secret, name, email, country, postcode } = form.dataset;
const back = new URL(form.dataset.return, location.href);

const SILENT = "Stripe’s form did not load, so this page cannot take a card right now. Nothing was charged. Please check your connection, or what blocks scripts in your browser.";
const BROKEN = "Something went wrong on the way to Stripe. Please press the button once more.";

let isAsking = false;

function say(text) {
  trouble.textContent = text;
  trouble.hidden = !text;
}

function giveUp(text) {
  form.hidden = false;
  button.hidden = true;
  form.querySelector("[data-again]").hidden = false;
  form.querySelector("[data-element]").hidden = true;
  state.hidden = true;
  say(text);
}

// Stripe draws in a frame that knows nothing of our styles.
function appearance() {
  const style = getComputedStyle(document.documentElement);
  const of = (token) => style.getPropertyValue(token).trim();
  return {
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe",
    variables: {
      colorPrimary: of("--bottle"), colorBackground: of("--raised"), colorText: of("--ink"), colorDanger: of("--bad"),
      borderRadius: "10px", fontFamily: "system-ui, sans-serif",
    },
  };
}

// The hold's time, by the server's clock: only what has passed since the page was made is measured here. A page that asks the
// bank is never taken away from its shopper; money that comes late is the server's business.
function countDown(clock) {
  const ends = performance.now() + Date.parse(clock.dataset.until) - Date.parse(clock.dataset.now);
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left > 0 || isAsking) return;
    clearInterval(timer);
    setTimeout(() => location.reload(), 1200);
  }, 250);
}

function begin(stripe) {
  const elements = stripe.elements({ clientSecret: secret, appearance: appearance() });
  const address = { ...(country && { country }), ...(postcode && { postal_code: postcode }) };
  const element = elements.create("payment", { defaultValues: { billingDetails: { name, email, address } } });
  element.on("ready", () => {
    button.disabled = false;
    state.hidden = true;
  });
  element.on("loaderror", ({ error }) => giveUp(error?.message || SILENT));
  form.hidden = false;
  element.mount(form.querySelector("[data-element]"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    confirm(stripe, elements);
  });
}

async function confirm(stripe, elements) {
  if (button.disabled) return;
  button.disabled = isAsking = true;
  say("");
  state.textContent = "Asking your bank.";
  state.hidden = false;
  const said = await stripe
    .confirmPayment({ elements, confirmParams: { return_url: back.href }, redirect: "if_required" })
    .catch(() => ({ error: { message: BROKEN } }));
  if (!said.error) {
    location.assign(back.href);
    return;
  }
  state.hidden = true;
  button.disabled = isAsking = false;
  say(said.error.message || BROKEN);
}

// Some banks refuse to be shown inside a frame, whatever it is in.
if (window !== window.top) document.querySelector("[data-alone]").hidden = false;

countDown(document.querySelector("[data-clock]"));
// Both scripts wait for the page and run in order, so by now Stripe's is there, or never will be.
if (window.Stripe) begin(window.Stripe(key));
else giveUp(SILENT);
