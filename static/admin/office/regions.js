/* The theme's scroll areas are landmarks that all have one name; the sidebar's gets its own, so that they can be told apart. */
addEventListener("load", () => {
  document.querySelector("#nav-sidebar-apps .simplebar-content-wrapper")?.setAttribute("aria-label", "All sections");
});
