/*
 * Keeps the counts of a drop's board true: full snapshots from the stock socket, or, when none gets through, asked for
 * every five seconds. An older snapshot never replaces a newer one.
 */
const board = document.getElementById("board");
const live = board.querySelector("[data-live]");
let newest = { epoch: 0, seq: -1 };
let wait = 500;
let heardAt = 0;

function show(snapshot) {
  const isOlder =
    snapshot.epoch < newest.epoch || (snapshot.epoch === newest.epoch && snapshot.seq < newest.seq);
  if (isOlder) return;
  newest = { epoch: snapshot.epoch, seq: snapshot.seq };
  heardAt = Date.now();
  const sums = { available: 0, kept: 0, held: 0, sold: 0, waiting: 0 };
  for (const sku of snapshot.skus) {
    const row = board.querySelector(`[data-sku="${CSS.escape(sku.sku)}"]`);
    for (const name of Object.keys(sums)) {
      sums[name] += sku[name];
      const cell = row && row.querySelector(`[data-count="${name}"]`);
      if (cell) put(cell, sku[name]);
    }
  }
  for (const [name, sum] of Object.entries(sums)) {
    const cell = board.querySelector(`[data-sum="${name}"]`);
    if (cell) put(cell, sum);
  }
  const state = board.querySelector("[data-live-state]");
  if (state.dataset.state !== snapshot.state) location.reload();
}

function put(cell, value) {
  const text = String(value);
  if (cell.textContent.trim() === text) return;
  cell.textContent = text;
  cell.classList.remove("office-changed");
  void cell.offsetWidth;
  cell.classList.add("office-changed");
}

async function ask() {
  try {
    const answer = await fetch(board.dataset.counts, { headers: { Accept: "application/json" } });
    if (answer.ok) show(await answer.json());
    say(answer.ok ? "Live, every 5 seconds." : "The counts are not live right now.");
  } catch {
    say("Offline. The counts are as of the last change.");
  }
}

function say(text) {
  if (live.textContent !== text) live.textContent = text;
}

function listen() {
  let socket;
  try {
    socket = new WebSocket(board.dataset.socket);
  } catch {
    return;
  }
  socket.addEventListener("message", (event) => {
    const frame = JSON.parse(event.data);
    heardAt = Date.now();
    wait = 500;
    say("Live.");
    if (frame.type === "stock") show(frame);
  });
  socket.addEventListener("close", () => {
    wait = Math.min(wait * 2, 30000);
    setTimeout(listen, Math.random() * wait);
  });
}

// A socket that is silent for longer than its heartbeat counts as gone.
setInterval(() => {
  if (!document.hidden && Date.now() - heardAt > 17000) ask();
}, 5000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) ask();
});
listen();
