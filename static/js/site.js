/* What every page has: dates in the reader's time zone, the theme switch, menus that close, the key that leads to the search, copying. */
"use strict";

(() => {
  const YEAR = 365 * 24 * 60 * 60;

  const remember = (name, value) => {
    const secure = location.protocol === "https:" ? ";secure" : "";
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs https, a hub may run without
    document.cookie = `${name}=${value};path=/;max-age=${YEAR};samesite=lax${secure}`;
  };

  const showTheme = (theme) => {
    document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-form] button[name=theme]")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
  };

  document.addEventListener("submit", (event) => {
    const theme = event.submitter?.value;
    if (!event.target.matches("[data-theme-form]") || !theme) return;
    event.preventDefault();
    remember("theme", theme);
    showTheme(theme);
  });

  /* Pages for visitors without an account are the same for all, so their dates are in UTC. For somebody
     who is signed in, the browser's zone is remembered, and the next page is written in it. */
  const { zone: pageZone, zoneOf } = document.documentElement.dataset;
  const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isElsewhere = Boolean(ownZone) && ownZone !== pageZone && zoneOf !== "account";

  const writeDates = (part) => {
    const language = document.documentElement.lang;
    for (const time of part.querySelectorAll("time[datetime][title]")) {
      const moment = new Date(time.dateTime);
      const exact = moment.toLocaleString(language, {
        dateStyle: "long",
        timeStyle: "long",
        timeZone: ownZone,
      });
      const day = { dateStyle: "medium", timeZone: ownZone };
      if (time.dataset.shows === "minute") time.textContent = exact;
      if (time.dataset.shows === "day") time.textContent = moment.toLocaleDateString(language, day);
      time.title = exact;
    }
  };

  if (isElsewhere) {
    if (zoneOf === "browser") remember("timezone", ownZone);
    document.addEventListener("htmx:load", (event) => writeDates(event.target));
    writeDates(document);
  }

  /* A row of tabs that is wider than the screen shows the current one. */
  for (const tab of document.querySelectorAll(":is(.tabs, .side-nav) > [aria-current=page]")) {
    const row = tab.parentElement;
    const middle = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
    row.scrollLeft = Math.max(0, middle);
  }

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };

  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.activeElement?.closest("details.menu[open]");
      closeMenus();
      menu?.querySelector("summary").focus();
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.getElementById("search");
      if (!search) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  /* Nobody types a password twice: a button shows it. What is sent is a password again, so that no
     browser offers it as a text to complete. */
  const showPassword = (button, isShown) => {
    button.setAttribute("aria-pressed", String(isShown));
    button.parentElement.querySelector("input").type = isShown ? "text" : "password";
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show-password]");
    if (button) showPassword(button, button.getAttribute("aria-pressed") !== "true");
  });

  document.addEventListener("submit", (event) => {
    for (const button of event.target.querySelectorAll("[data-show-password]")) {
      showPassword(button, false);
    }
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-focus]");
    if (!link) return;
    event.preventDefault();
    document.getElementById(link.dataset.focus).focus();
  });

  /* data-copy holds the text itself; data-copy-from the selector of an element whose text it is. */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button) return;
    const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
    const text = source ? (source.dataset.text ?? source.textContent) : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      if (!copyBySelection(text)) return;
    }
    button.dataset.copied = "";
    const said = button.querySelector("[data-said]");
    const before = said?.textContent;
    if (said) said.textContent = said.dataset.said;
    setTimeout(() => {
      delete button.dataset.copied;
      if (said) said.textContent = before;
    }, 1600);
  });

  /* Browsers offer navigator.clipboard only on https and localhost. */
  const copyBySelection = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.readOnly = true;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };
})();
