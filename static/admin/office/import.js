/* Fetches the rehearsal into the page, so that the browser still has the chosen files when they are applied. */
const form = document.getElementById("import");
const preview = document.getElementById("preview");

form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button || button.name !== "preview") return;
  event.preventDefault();
  button.disabled = true;
  preview.textContent = "Reading…";
  const body = new FormData(form);
  body.set("preview", "1");
  try {
    const answer = await fetch(location.pathname, { method: "POST", body, headers: { "X-Office-Part": "preview" } });
    preview.innerHTML = answer.ok ? await answer.text() : "The sheet could not be read.";
  } catch {
    preview.textContent = "No connection. Try again.";
  } finally {
    button.disabled = false;
  }
});
// What was shown belongs to the files of then.
form.addEventListener("change", () => preview.replaceChildren());
