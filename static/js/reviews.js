/* Reviews: keys for the queue and from proposal to proposal, comments on lines, saved replies. */
"use strict";

(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const link = (row) => row?.querySelector("h2 a");
  const current = () => document.activeElement?.closest("[data-row]");

  const step = (by) => {
    const all = rows();
    const at = all.indexOf(current());
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
    link(all[next])?.focus();
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape") event.target.closest(".line-form")?.remove();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j" || event.key === "k") {
      if (rows().length) step(event.key === "j" ? 1 : -1);
      else document.querySelector(`a[rel=${event.key === "j" ? "next" : "prev"}]`)?.click();
    } else if (event.key === "x") {
      current()?.querySelector("input[type=checkbox]")?.click();
    } else if (event.key === "c") {
      const box = document.querySelector("#comment-form textarea");
      if (!box) return;
      event.preventDefault();
      box.focus();
    }
  });

  /* Filters act at once; the button stays for those without JavaScript. */
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto-submit]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });

  /* A click on a line's number opens a form under the line. */
  document.addEventListener("click", (event) => {
    const number = event.target.closest(".lines[data-commentable] .no.new");
    if (number) openLineForm(number.closest(".ln"));
    if (event.target.closest("[data-close-line-form]")) event.target.closest(".line-form").remove();
    const reply = event.target.closest("[data-insert]");
    if (reply) insert(document.querySelector(reply.dataset.insert), reply.dataset.text);
  });

  const openLineForm = (line) => {
    const template = document.querySelector("template[data-line-form]");
    if (!template) return;
    for (const open of document.querySelectorAll(".line-form")) open.remove();
    const [, part, number] = line.id.match(/^line-(\w+)-(\d+)$/);
    const form = template.content.firstElementChild.cloneNode(true);
    form.elements.part.value = part;
    form.elements.line.value = number;
    let after = line;
    while (after.nextElementSibling?.matches(".line-comment")) after = after.nextElementSibling;
    after.after(form);
    form.elements.text.focus();
  };

  const insert = (box, text) => {
    if (!box) return;
    box.value = box.value.trim() ? `${box.value.trimEnd()}\n\n${text}` : text;
    box.focus();
  };
})();
