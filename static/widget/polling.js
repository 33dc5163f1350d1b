import { Thread } from "./thread.js";

const EVERY = 2500;

/** Where no socket comes through, ask again and again by HTTP, with what waits in the outbox. @param {Thread} thread */
export async function poll(thread) {
  try {
    await ask(thread);
  } catch (caught) {
    const problem = /** @type {any} */ (caught);
    if (problem.status === 401) {
      thread.renew();
      await thread.talk.api.open().catch(() => thread.down());
    } else if (problem.status === 403) return thread.refuse();
    else thread.down();
  }
  if (thread.isPolling) thread.after("poll", document.hidden ? EVERY * 6 : EVERY, () => poll(thread));
}

/** @param {Thread} thread */
async function ask(thread) {
  const events = thread.isGreeted ? thread.outbox() : [];
  const { seq: since } = thread;
  const said = await (events.length
    ? thread.talk.api.ask("POST", "thread/messages", { events: events.slice(0, 20), since })
    : thread.talk.api.ask("GET", `thread/messages?since=${since}`));
  if (thread.isOver) return;
  thread.greet(said.seq);
  said.messages.forEach((/** @type {Message} */ message) => thread.take(message));
  (said.acks || []).forEach((/** @type {string} */ id) => thread.settle(id));
  (said.refused || []).forEach((/** @type {any} */ refusal) => thread.settle(refusal.id, refusal));
}
