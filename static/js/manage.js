/* The Settings tab: the reader's own time zone, and a delete button that waits for the name. */
"use strict";

(() => {
  /* The form is written in the zone of the page. Where that is not the reader's, it is moved to theirs,
     unless something was typed. */
  const zones = document.querySelector("select[data-zones]");
  const moment = document.querySelector("input[type=datetime-local]");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { zone: pageZone, zoneOf } = document.documentElement.dataset;
  const isTyped = moment?.closest("form").querySelector("[aria-invalid], .alert");
  if (zones && own && own !== pageZone && zoneOf !== "account" && !isTyped) {
    if (![...zones.options].some((option) => option.value === own)) {
      zones.add(new Option(own.replaceAll("_", " "), own), 0);
    }
    zones.value = own;
    if (moment.dataset.at) {
      const at = new Date(moment.dataset.at);
      // The form of the input: 2030-01-31T12:00.
      moment.value = `${at.toLocaleDateString("sv")}T${at.toLocaleTimeString("sv").slice(0, 5)}`;
    }
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
