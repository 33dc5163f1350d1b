/* Copies or shares the link of a gift; without this file it is selected and copied by hand. */
const field = document.getElementById("gift-link");
const box = document.querySelector("[data-share]");
const said = document.querySelector("[data-said]");

if (field && box && navigator.clipboard) {
  box.hidden = false;
  box.querySelector("[data-copy]").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied.";
    } catch {
      field.select(); // the browser said no: now one key copies it
      said.textContent = "Please copy it from the field.";
    }
  });
  const send = box.querySelector("[data-send]");
  if (navigator.share) {
    send.hidden = false;
    send.addEventListener("click", () => navigator.share({ url: field.value }).catch(() => {}));
  }
}
