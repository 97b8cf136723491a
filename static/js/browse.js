/* The model list: keeps opened "Show more" folds open, and the search box true, when htmx swaps. */
"use strict";

(() => {
  const panel = document.getElementById("filter-panel");
  const opened = new Set();

  panel?.addEventListener("toggle", (event) => {
    if (!event.target.matches("details.facet-more")) return;
    if (event.target.open) opened.add(event.target.id);
    else if (event.target.isConnected) opened.delete(event.target.id);
  }, true);

  document.addEventListener("htmx:oobAfterSwap", () => {
    for (const id of opened) {
      const fold = document.getElementById(id);
      if (fold) fold.open = true;
    }
  });

  document.addEventListener("htmx:afterSettle", () => {
    const search = document.getElementById("search");
    const results = document.getElementById("results");
    if (search && results && search !== document.activeElement) search.value = results.dataset.text;
  });
})();
