import { h, write } from "./dom.js";
import { Conversation } from "./conversation.js";

/** Say under the creator's name when the drop opens or ends. @param {Element} about @param {string} ref @param {Conversation} talk */
export async function showTimes(about, ref, talk) {
  try {
    const drop = await talk.api.ask("GET", `drops/${ref}`);
    talk.tick(about, () => dropTimes(about, drop, talk));
  } catch {
    // The head keeps the tagline.
  }
}

/** Its last hour counts down, and only then in the colour of time. @param {Element} about @param {any} drop @param {Conversation} talk */
function dropTimes(about, drop, { clock, desk: { words } }) {
  const [opens, ends] = [Date.parse(drop.opens_at), Date.parse(drop.closes_at)];
  const now = clock.now();
  const minutes = Math.ceil((ends - now) / 60e3);
  const isSoon = now >= opens && minutes > 0 && minutes <= 60 && drop.state === "open";
  about.className = isSoon ? "soon" : "";
  if (drop.state === "paused") write(about, words.say("paused"));
  else if (minutes <= 0 || ["closed", "drained", "settled"].includes(drop.state)) write(about, words.say("ended"));
  else if (now < opens) write(about, words.say("opens", { time: words.moment(drop.opens_at, now) }));
  else if (isSoon) write(about, words.say("ends", { n: minutes }));
  else if (minutes) write(about, words.say("until", { time: words.moment(drop.closes_at, now) }));
}

/** What the launcher wears while the panel is closed: the time left on a hold, or how much is new. @param {Element} launcher @param {() => {holdUntil: string, unread: number}} facts @param {Conversation} talk */
export function wearTag(launcher, facts, talk) {
  const tag = /** @type {HTMLElement} */ (launcher.querySelector(".tag") ?? h("span.tag"));
  launcher.append(tag);
  talk.tick(tag, () => {
    const { holdUntil, unread } = facts();
    const seconds = holdUntil && Math.ceil(talk.clock.until(holdUntil) / 1000);
    const text = seconds ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : unread ? String(unread) : "";
    tag.hidden = !text;
    tag.classList.toggle("time", Boolean(seconds));
    write(tag, text);
  });
}
