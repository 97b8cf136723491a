/* The Settings tab: the visitor's own time zone first, and a delete button that waits for the name. */
"use strict";

(() => {
  const zones = document.querySelector("select[data-zones]");
  const moment = document.querySelector("input[type=datetime-local]");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zones && own) {
    if (![...zones.options].some((option) => option.value === own)) {
      zones.add(new Option(own.replaceAll("_", " "), own), 0);
    }
    // A moment that is set already is shown in UTC, so its zone must stay.
    if (!moment?.value) zones.value = own;
  }

  for (const button of document.querySelectorAll("button[data-needs-name]")) {
    const name = button.form.elements.namedItem("name");
    const update = () => {
      button.disabled = name.value !== button.dataset.needsName;
    };
    name.addEventListener("input", update);
    update();
  }
})();
