// Brings the chat along once the page itself is there: it waits in a corner, and what people came for goes first.
const wanted = document.getElementById("bring-chat");

function bring() {
  const script = document.createElement("script");
  Object.assign(script.dataset, wanted.dataset);
  script.src = "/widget.js";
  document.head.append(script);
}

if (document.readyState === "complete") bring();
else addEventListener("load", bring, { once: true });
