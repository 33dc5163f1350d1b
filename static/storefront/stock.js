// Follows a drop's stock and patches the stock lines in place. The words are those of stock_lines.py.
const drop = document.querySelector("[data-drop-socket]");
const QUIET_AFTER = 45_000; // the server beats every 15 s
let newest = [0, -1];
let wait = 500;
let lastHeard = 0;
let lineThen = "";

function words(rows, zone) {
  const sum = (name) => rows.reduce((all, row) => all + row[name], 0);
  const [total, available] = ["total", "available"].map(sum);
  const held = sum("held") + sum("kept"); // what is kept for people who wait is promised to somebody too
  const all = total === 1 ? "The only one is" : `All ${total} are`;
  if (available) return ["left", `${available} of ${total} left${held ? ` · ${held} on hold right now` : ""}`];
  if (!held) return ["out", `${all} sold.`];
  const next = rows.map((row) => row.next_return_at).filter(Boolean).sort()[0];
  const clock = next && new Date(next).toLocaleTimeString("en-GB", { timeZone: zone });
  return ["held", `${all} on hold or sold.${clock ? ` The next hold ends at ${clock}.` : ""}`];
}

function show(frame) {
  const stamp = [frame.epoch, frame.seq];
  if (stamp[0] < newest[0] || (stamp[0] === newest[0] && stamp[1] < newest[1])) return;
  newest = stamp;
  const bySku = new Map(frame.skus.map((row) => [row.sku, row]));
  const line = frame.skus.map((row) => row.waiting).join();
  if (line !== lineThen) window.dispatchEvent(new CustomEvent("line-moved"));
  lineThen = line;
  let turned = frame.state !== drop.dataset.state;
  for (const line of document.querySelectorAll(`[data-of="${CSS.escape(frame.drop)}"]`)) {
    const rows = line.dataset.stock.split(" ").map((code) => bySku.get(code)).filter(Boolean);
    if (!rows.length) continue;
    const [kind, text] = words(rows, drop.dataset.zone);
    if (!line.classList.contains(`stock--${kind}`)) {
      line.className = `stock stock--${kind}`;
      turned = true;
    }
    const words_ = line.firstElementChild;
    if (words_.textContent !== text) words_.textContent = text;
  }
  if (turned) {
    drop.dataset.state = frame.state;
    window.dispatchEvent(new CustomEvent("stock-turned"));
  }
}

function connect() {
  const socket = new WebSocket(drop.dataset.dropSocket);
  socket.onmessage = (event) => {
    lastHeard = Date.now();
    wait = 500;
    const frame = JSON.parse(event.data);
    if (frame.type === "stock") show(frame);
  };
  socket.onclose = () => {
    ask();
    setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, 30_000);
  };
  const watch = setInterval(() => {
    if (socket.readyState > 1) clearInterval(watch);
    else if (lastHeard && Date.now() - lastHeard > QUIET_AFTER) socket.close();
  }, 5_000);
}

async function ask() {
  const answer = await fetch(drop.dataset.dropUrl, { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.ok) show(await answer.json());
}

if (drop) {
  connect();
  document.addEventListener("visibilitychange", () => document.hidden || ask());
}
