// Runs a hold's countdown by the server's clock: the page says what time it was there when it was made, and only the
// time that has passed since then is measured here. A wrong clock in the device changes nothing.
const clock = document.querySelector("[data-clock]");

// How long the page may have been on its way before this script ran; a browser that says more is not believed.
const LONGEST_WAY = 20_000; // ms

function serverNow(said) {
  const [navigation] = performance.getEntriesByType("navigation");
  const underWay = performance.now() - (navigation?.responseStart ?? 0);
  // Only differences of one clock count: the device's date and its start of the page need not agree about the hour.
  const arrived = Date.now() - Math.min(LONGEST_WAY, Math.max(0, underWay));
  return () => Date.parse(said) + (Date.now() - arrived);
}

if (clock) {
  const now = serverNow(clock.dataset.now);
  const until = Date.parse(clock.dataset.until);
  const bar = document.querySelector("[data-bar]");
  const said = document.querySelector("[data-said]");
  const marks = [300, 120, 60, 20];
  const tick = () => {
    const left = Math.max(0, Math.ceil((until - now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (bar) bar.value = left;
    if (said && marks.length && left <= marks[0]) {
      while (marks.length && left <= marks[0]) marks.shift();
      const minutes = Math.round(left / 60);
      said.textContent = minutes ? `${minutes} ${minutes === 1 ? "minute" : "minutes"} left.` : `${left} seconds left.`;
    }
    if (left === 0) {
      clearInterval(timer);
      setTimeout(() => location.replace(location.pathname), 1200); // the server says what is true now
    }
  };
  const timer = setInterval(tick, 250);
  tick();
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
}
