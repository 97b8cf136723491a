/* /api/docs: the filter of the operations, the language of the examples, and the forms that send requests to this hub. */
"use strict";

(() => {
  const page = document.querySelector(".api");
  const nav = document.getElementById("api-nav");
  const token = document.getElementById("api-token");

  /* The filter: each word must stand in the texts of an operation. */
  const filter = document.getElementById("api-filter");
  const found = document.getElementById("api-found");
  const operations = [...page.querySelectorAll("article[data-operation]")].map((article) => ({
    article,
    link: nav.querySelector(`li[data-operation="${article.dataset.operation}"]`),
    text: `${article.querySelector(".card-head").textContent} ${
      article.querySelector(".api-says").textContent
    }`.toLowerCase(),
  }));

  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { article, link, text } of operations) {
      const fits = words.every((word) => text.includes(word));
      article.hidden = !fits;
      link.hidden = !fits;
      shown += fits;
    }
    for (const group of page.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector("[data-operation]:not([hidden])");
    }
    found.textContent = words.length
      ? found.dataset.found.replace("{found}", shown).replace("{all}", operations.length)
      : "";
  });

  /* Where one is in the page. */
  const links = new Map([...nav.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
  const watcher = new IntersectionObserver(
    (entries) => {
      const entry = entries.filter(({ isIntersecting }) => isIntersecting).at(-1);
      const link = entry && links.get(entry.target.id);
      if (!link) return;
      nav.querySelector("[aria-current]")?.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      if (!nav.contains(document.activeElement)) {
        nav.scrollTop = link.offsetTop - nav.clientHeight / 2;
      }
    },
    { rootMargin: "-20% 0px -75% 0px" },
  );
  for (const part of page.querySelectorAll("#start, #errors, article[data-operation]")) {
    watcher.observe(part);
  }
  nav.addEventListener("click", (event) => {
    if (event.target.closest("a") && nav.matches(":popover-open")) nav.hidePopover();
  });

  page.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-choose-sample]")?.dataset.chooseSample;
    if (!chosen) return;
    page.dataset.sample = chosen;
    for (const button of page.querySelectorAll("[data-choose-sample]")) {
      button.setAttribute("aria-pressed", String(button.dataset.chooseSample === chosen));
    }
  });

  /* Trying. SECURITY: the token stays in the field, and goes nowhere but to the API of this hub. */
  for (const state of page.querySelectorAll("[data-token-state]")) {
    const without = state.textContent.trim();
    token.addEventListener("input", () => {
      state.textContent = token.value.trim() ? state.dataset.tokenState : without;
    });
  }
  /* A browser keeps the page that is left, to go back to it. */
  addEventListener("pagehide", () => {
    token.value = "";
    token.dispatchEvent(new Event("input", { bubbles: true }));
  });
  for (const link of page.querySelectorAll('a[href="#token"]')) {
    link.addEventListener("click", () => token.focus());
  }

  /* What can't be sent as it is typed, in words: "" if nothing is wrong. */
  const reasonAgainst = (field) => {
    const { name, value, dataset } = field;
    const isHeader = field === token || dataset.place === "header";
    let reason = "";
    if (isHeader && /[^\t -~\u0080-\u00ff]/.test(value.trim())) reason = page.dataset.notInHeader;
    /* The browser resolves them: the request would go to another operation. */
    if (dataset.place === "path" && /^\.\.?$/.test(value)) reason = page.dataset.notInPath;
    return reason.replace("{field}", name || field.labels[0]?.textContent.trim());
  };
  page.addEventListener("input", ({ target }) => target.setCustomValidity?.(""));

  const requestOf = (form) => {
    let path = form.dataset.path;
    const query = new URLSearchParams();
    const headers = new Headers({ Accept: "application/json" });
    let body;
    for (const { name, value, dataset } of form.elements) {
      if (dataset.place === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
      else if (dataset.place === "body") body = value;
      else if (value && dataset.place === "query") query.set(name, value);
      else if (value && dataset.place === "header") headers.set(name, value);
    }
    if (body !== undefined) headers.set("Content-Type", "application/json");
    if (token.value.trim()) headers.set("Authorization", `Bearer ${token.value.trim()}`);
    const address = new URL(path, location.origin);
    address.search = query;
    const { method } = form.dataset;
    return [address, { method, headers, body, credentials: "omit", mode: "same-origin" }];
  };

  const indented = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  };

  const show = (form, method, address, answer, text, milliseconds) => {
    const part = document.getElementById("api-answer").content.cloneNode(true);
    const status = part.querySelector("[data-status]");
    status.textContent = `${answer.status} ${answer.statusText}`;
    status.classList.add(answer.ok ? "good" : "bad");
    part.querySelector("[data-time]").textContent = `${milliseconds} ms`;
    part.querySelector("[data-request]").textContent = `${method} ${address}`;
    part.querySelector("[data-headers]").textContent = [...answer.headers]
      .map(([name, value]) => `${name}: ${value}`)
      .join("\n");
    part.querySelector("[data-body]").textContent = indented(text);
    form.append(part);
  };

  page.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-try]");
    if (!form) return;
    event.preventDefault();
    const said = form.querySelector("[data-said]");
    const button = form.querySelector("[type=submit]");
    form.querySelector(".api-answer")?.remove();
    said.classList.remove("visually-hidden");
    for (const field of [token, ...form.elements]) {
      const reason = reasonAgainst(field);
      field.setCustomValidity(reason);
      if (reason) {
        said.textContent = reason;
        field.reportValidity();
        return;
      }
    }
    said.textContent = said.dataset.waiting;
    button.disabled = true;
    try {
      const [address, options] = requestOf(form);
      const start = performance.now();
      const answer = await fetch(address, options);
      const text = await answer.text();
      show(form, options.method, address, answer, text, Math.round(performance.now() - start));
      /* Seen in what is shown; said once. */
      said.classList.add("visually-hidden");
      said.textContent = `${answer.status} ${answer.statusText}`;
    } catch {
      said.textContent = said.dataset.failed;
    }
    button.disabled = false;
    /* Disabled, it lost the focus; who has moved on meanwhile stays there. */
    if (document.activeElement === document.body) button.focus();
  });
})();
