/* The theme's landmarks have one name, or none; the sidebar's get their own, so that they can be told apart. */
addEventListener("load", () => {
  document.querySelector("#nav-sidebar-inner")?.setAttribute("aria-label", "Office");
  document.querySelector("#nav-sidebar-apps .simplebar-content-wrapper")?.setAttribute("aria-label", "All sections");
});
