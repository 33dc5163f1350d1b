/* Lets a click on a photo set its focal point: the two number fields beside it stay the truth. */
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll(".office-focal")) {
    const row = box.closest("tr, .form-row, tbody");
    const fields = ["x", "y"].map((axis) => row && row.querySelector(`input[name$="focal_${axis}"]`));
    if (!fields.every(Boolean)) continue;
    const dot = document.createElement("span");
    dot.className = "office-dot";
    box.append(dot);
    const place = () => {
      dot.style.left = `${Number(fields[0].value) * 100}%`;
      dot.style.top = `${Number(fields[1].value) * 100}%`;
    };
    place();
    box.title = "Click where the picture must never be cut";
    box.addEventListener("click", (event) => {
      const area = box.getBoundingClientRect();
      fields[0].value = ((event.clientX - area.left) / area.width).toFixed(2);
      fields[1].value = ((event.clientY - area.top) / area.height).toFixed(2);
      place();
    });
    for (const field of fields) field.addEventListener("input", place);
  }
});
