/* Names for screen readers that the widgets of Django's administration leave out. */
"use strict";

(() => {
  const nameOf = (field) => field.labels?.[0]?.textContent.trim() || field.ariaLabel;

  const giveNames = () => {
    for (const tip of document.querySelectorAll(".help-tooltip[aria-label]:not([role])"))
      tip.setAttribute("role", "img");

    /* A table of forms: the head of the column is the name, and the first column has none. */
    for (const head of document.querySelectorAll(".tabular th.original")) {
      const cell = document.createElement("td");
      cell.className = head.className;
      head.replaceWith(cell);
    }
    for (const cell of document.querySelectorAll(".tabular tbody td")) {
      const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
      for (const field of cell.querySelectorAll("select, input:not([type=hidden]), textarea")) {
        if (head && !nameOf(field)) field.ariaLabel = head.textContent.trim();
      }
    }

    /* A choice with a search shows its own elements after the select. */
    for (const box of document.querySelectorAll(".select2-container .select2-selection")) {
      const name = nameOf(box.closest(".select2-container").previousElementSibling);
      for (const part of [box, ...box.querySelectorAll("[role=textbox]")]) {
        if (name && part.ariaLabel !== name) part.ariaLabel = name;
      }
    }
  };

  document.querySelector(".hub-nav [aria-current]")?.scrollIntoView({ block: "nearest" });

  giveNames();
  new MutationObserver(giveNames).observe(document.body, { childList: true, subtree: true });
})();
