/* The Launch Model page: the current tab is in view, and what htmx puts into the drawer opens it. */
"use strict";

(() => {
  const tab = document.querySelector(".launch-tabs [aria-current]");
  if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft;

  const drawer = document.getElementById("drawer");
  if (!drawer) return;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-drawer]");
    if (link) document.getElementById("drawer-title").textContent = link.dataset.drawer;
    if (event.target === drawer) drawer.close();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "drawer-body" && !drawer.open) drawer.showModal();
  });
})();
