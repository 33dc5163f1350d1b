/*
 * Keeps a conversation's page true: every two seconds it asks what was said since, and how things stand. What comes is made
 * of the same templates as the page. Forms are sent in the background, so that what is being written stays.
 */
const talk = document.getElementById("talk");
const log = talk.querySelector("[data-log]");
const live = talk.querySelector("[data-live]");
const problem = talk.querySelector("[data-problem]");
const tools = talk.querySelector("[data-tools]");
const EVERY = 2000;
let seq = Number(talk.dataset.seq);
let { key } = talk.dataset;
let asking = null;

function put(id, html) {
  const old = log.querySelector(`[data-id="${CSS.escape(id)}"]`);
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  if (old) old.outerHTML = html;
  else log.insertAdjacentHTML("beforeend", html);
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

function show(heard) {
  for (const { id, html } of heard.messages) put(id, html);
  seq = heard.seq;
  if (heard.known) talk.querySelector("[data-known]").innerHTML = heard.known;
  tools.disabled = !heard.is_mine;
  if (heard.key === key) return;
  key = heard.key;
  talk.querySelector("[data-speaking]").innerHTML = heard.speaking;
}

async function look() {
  try {
    const answer = await fetch(`${talk.dataset.news}?since=${seq}`, { headers: { Accept: "application/json" } });
    if (answer.redirected || !answer.ok) return say("This page is not live right now. Please load it again.");
    show(await answer.json());
    say("Live.");
  } catch {
    say("Offline. What you see is as of the last change.");
  }
}

/* One question at a time: an answer that was overtaken would show an older state. */
function ask() {
  asking ??= look().finally(() => (asking = null));
  return asking;
}

function say(text) {
  if (live.textContent !== text) live.textContent = text;
}

async function send(form) {
  const button = form.querySelector("button");
  if (button.disabled) return;
  button.disabled = true;
  problem.hidden = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const result = await answer.json();
    if (result.form) form.elements.namedItem("form").value = result.form;
    if (answer.ok && form.elements.namedItem("text")) form.elements.namedItem("text").value = "";
    if (!answer.ok) complain(result.message);
  } catch {
    // The number of the form stays: to send it again says it once.
    complain("That did not arrive. Please send it again.");
  }
  button.disabled = false;
  await asking;
  await ask();
  if (form.isConnected && form.elements.namedItem("text")) form.elements.namedItem("text").focus();
}

function complain(text) {
  problem.textContent = text;
  problem.hidden = false;
}

talk.addEventListener("submit", (event) => {
  event.preventDefault();
  send(event.target);
});
talk.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.name !== "text") return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

log.scrollTop = log.scrollHeight;
setInterval(() => document.hidden || ask(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || ask());
ask();
