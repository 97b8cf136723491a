/*
 * The model list: keeps opened "Show more" folds open, the search box true, and the models chosen for a comparison,
 * when htmx swaps.
 */
"use strict";

(() => {
  const opened = new Set();

  document.addEventListener(
    "toggle",
    (event) => {
      if (!event.target.matches("details.facet-more")) return;
      if (event.target.open) opened.add(event.target.id);
      else if (event.target.isConnected) opened.delete(event.target.id);
    },
    true,
  );

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

(() => {
  const KEY = "compare";
  const MOST = 4;

  const load = () => {
    try {
      const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
      return new Map(stored.slice(0, MOST).map(([number, name]) => [String(number), String(name)]));
    } catch {
      return new Map();
    }
  };
  let chosen = load();

  const keep = () => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify([...chosen]));
    } catch {
      // Without storage, the choice ends with the page.
    }
    show();
  };

  const chip = (number, name) => {
    const item = document.createElement("li");
    item.className = "chip";
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = "model";
    input.value = number;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.dataset.compareRemove = number;
    remove.textContent = `${name} ×`;
    item.append(input, remove);
    return item;
  };

  const show = () => {
    const bar = document.getElementById("compare-form");
    if (!bar) return;
    bar.hidden = chosen.size === 0;
    document
      .getElementById("compare-chosen")
      .replaceChildren(...[...chosen].map(([number, name]) => chip(number, name)));
    bar.querySelector("[data-compare-submit]").disabled = chosen.size < 2;
    bar.querySelector(".compare-hint").hidden = chosen.size > 1;
    for (const box of document.querySelectorAll("[data-compare]")) {
      // The bar's own fields are sent; these are only for browsers without JavaScript.
      box.removeAttribute("name");
      box.checked = chosen.has(box.value);
      box.disabled = !box.checked && chosen.size >= MOST;
    }
  };

  // The boxes are inside the form of the filters, which asks for the list again on each change.
  document.addEventListener(
    "change",
    (event) => {
      const box = event.target;
      if (!(box instanceof HTMLInputElement) || box.dataset.compare === undefined) return;
      event.stopPropagation();
      if (box.checked) chosen.set(box.value, box.dataset.compare);
      else chosen.delete(box.value);
      keep();
    },
    true,
  );

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-compare-remove], [data-compare-clear]");
    if (!button) return;
    if (button.dataset.compareRemove) chosen.delete(button.dataset.compareRemove);
    else chosen = new Map();
    keep();
  });

  document.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", () => {
    chosen = load();
    show();
  });
  show();
})();
