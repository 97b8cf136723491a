/*
 * A draft's pages: saving in the background, a copy in this browser for what could not be saved,
 * problems beside their fields, folds that stay open, lists as chips. Without it everything works by
 * pressing buttons.
 */
"use strict";

(() => {
  const form = document.getElementById("draft-form");

  /* Signing in again changes the token; the cookie always has today's. */
  const renewToken = () => {
    const token = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1];
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
      if (token) input.value = token;
    }
    return token;
  };
  document.addEventListener("submit", renewToken, true);

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.busy) return;
    button.setAttribute("aria-disabled", "true");
    button.classList.add("busy");
    const label = button.querySelector("span") ?? button;
    label.textContent = button.dataset.busy;
  });

  /* On the page with several starts, Enter means the button of the field's own card. */
  document.addEventListener("keydown", (event) => {
    const way = event.key === "Enter" && event.target.dataset?.enter;
    if (!way) return;
    event.preventDefault();
    event.target.form.querySelector(`button[name=start][value="${way}"]`).click();
  });

  /* Elements ------------------------------------------------------------------------------------ */

  const showClock = () => {
    for (const time of document.querySelectorAll("time[data-clock]")) {
      const when = new Date(time.dateTime);
      if (!Number.isNaN(when.valueOf()))
        time.textContent = when.toLocaleTimeString([], { hour12: false });
    }
  };

  const unfold = (element) => {
    for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details"))
      fold.open = true;
  };

  const showPlace = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (!target) return;
    unfold(target);
    target.scrollIntoView({ block: "center" });
    target
      .querySelector("input:not([type=hidden]), select, textarea")
      ?.focus({ preventScroll: true });
  };

  /* Text areas whose entries are few and short: each a chip, with a list of suggestions. */
  const makeChips = () => {
    for (const area of document.querySelectorAll("textarea[data-chips]")) {
      if (area.dataset.made) continue;
      area.dataset.made = "yes";
      const box = document.createElement("div");
      box.className = "chips input";
      const input = document.createElement("input");
      input.setAttribute("list", area.dataset.chips);
      input.setAttribute("aria-label", area.labels[0]?.textContent.trim() ?? "");
      input.autocomplete = "off";
      input.spellcheck = false;
      const lines = () => area.value.split("\n").filter((line) => line.trim());
      const write = (entries) => {
        area.value = entries.join("\n");
        area.dispatchEvent(new Event("input", { bubbles: true }));
        draw();
      };
      const draw = () => {
        box.replaceChildren(
          ...lines().map((line, index) => {
            const chip = document.createElement("span");
            chip.className = "chip mono";
            chip.textContent = line;
            const drop = document.createElement("button");
            drop.type = "button";
            drop.textContent = "×";
            drop.setAttribute(
              "aria-label",
              `${document.documentElement.lang === "zh-hans" ? "移除" : "Remove"} ${line}`,
            );
            drop.addEventListener("click", () => {
              write(lines().filter((_, at) => at !== index));
              input.focus();
            });
            chip.append(drop);
            return chip;
          }),
          input,
        );
      };
      const take = () => {
        const typed = input.value.split(/[,\s]+/).filter(Boolean);
        input.value = "";
        if (typed.length) write([...lines(), ...typed.filter((one) => !lines().includes(one))]);
      };
      input.addEventListener("keydown", (event) => {
        if (["Enter", ",", " "].includes(event.key)) {
          event.preventDefault();
          take();
          input.focus();
        } else if (event.key === "Backspace" && !input.value) {
          write(lines().slice(0, -1));
          input.focus();
        }
      });
      input.addEventListener("change", () => {
        const had = document.activeElement === input;
        take();
        if (had) input.focus();
      });
      input.addEventListener("input", (event) => event.stopPropagation());
      area.addEventListener("draft:restored", draw);
      area.hidden = true;
      area.after(box);
      draw();
    }
  };

  /* What was found, beside the field that it is about. */
  const showProblems = () => {
    const found = document.querySelectorAll("#findings [data-target]");
    if (!document.getElementById("draft-fields")) return;
    for (const list of document.querySelectorAll("[data-problems]")) list.replaceChildren();
    for (const item of found) {
      const target = document.getElementById(item.dataset.target);
      const list = target?.matches(".def") ? target.querySelector("[data-problems]") : null;
      if (!list) continue;
      const line = document.createElement("li");
      line.className = item.dataset.severity;
      line.textContent = item.querySelector("span").textContent;
      list.append(line);
      const input = target.querySelector(
        "input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea",
      );
      list.classList.toggle("to-do", input?.value === "");
    }
    for (const list of document.querySelectorAll("[data-problems]")) {
      for (const input of list.parentElement.querySelectorAll(
        "input:not([type=hidden]), select, textarea",
      )) {
        const wrong = list.querySelector(".error") && !list.classList.contains("to-do");
        if (wrong) input.setAttribute("aria-invalid", "true");
        else input.removeAttribute("aria-invalid");
      }
    }
  };

  const settle = () => {
    showClock();
    makeChips();
    showProblems();
  };
  settle();
  addEventListener("hashchange", showPlace);
  if (!form) return;
  /* The browser's own jump to the fragment comes last and takes the focus. */
  if (form.dataset.view === "form") addEventListener("load", () => setTimeout(showPlace));

  /* Saving ---------------------------------------------------------------------------------------- */

  const prefix = `draft:${form.dataset.draft}:`;
  const key = prefix + form.dataset.view;
  const field = (name) => form.elements.namedItem(name);
  const OWN = new Set(["csrfmiddlewaretoken", "base", "shape", "shown", "writer", "turn"]);
  let edits = 0;
  let sentEdits = 0;
  let savedEdits = 0;
  let sentTexts = new Map();

  const fieldsNow = () => [...new FormData(form)].filter(([name]) => !OWN.has(name));
  const texts = (fields) => {
    const found = new Map();
    for (const [name, text] of fields) found.set(name, [...(found.get(name) ?? []), text]);
    return found;
  };
  /* Writes texts by name into the inputs of the form; what is not named stays as it is. */
  const putBack = (given) => {
    for (const input of form.elements) {
      const values = given.get(input.name);
      if (!values || OWN.has(input.name) || ["hidden", "submit"].includes(input.type)) continue;
      if (["checkbox", "radio"].includes(input.type)) input.checked = values.includes(input.value);
      else {
        input.value = values[0];
        input.dispatchEvent(new Event("draft:restored"));
      }
    }
  };

  const keepCopy = () => {
    try {
      localStorage.setItem(
        key,
        JSON.stringify({
          at: Date.now(),
          writer: field("writer").value,
          turn: Number(field("turn").value) + 1,
          fields: fieldsNow(),
        }),
      );
    } catch {
      /* The store is full or forbidden; the hub has the draft anyway. */
    }
  };

  let keeping;
  form.addEventListener("input", () => {
    edits += 1;
    clearTimeout(keeping);
    keeping = setTimeout(keepCopy, 300);
  });
  form.addEventListener("change", () => {
    edits += 1;
  });
  addEventListener("pagehide", () => {
    if (edits > savedEdits) keepCopy();
  });

  /* A button waits for the request that is under way: after it, the page has another base, and after
     an entry was added or removed, other fields. Not for long, as the hub may hang. The first press
     counts: another one while it waits would be sent from the page as it was. */
  const PATIENCE = 8000;
  const underWay = new Set();
  let waiting = null;

  const goOn = () => {
    const go = waiting;
    waiting = null;
    go?.();
  };
  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    const isPreview = detail.pathInfo.requestPath.endsWith("/preview");
    if (detail.elt.closest("#draft-form") && !isPreview) underWay.add(detail.xhr);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    underWay.delete(detail.xhr);
    /* The next of the queue starts in between. */
    setTimeout(() => underWay.size || goOn());
  });
  /* One change of the form's structure at a time: the fields of the next are those of its answer. */
  let changing = null;
  const showChanging = () => {
    document.getElementById("draft-fields")?.toggleAttribute("aria-busy", changing !== null);
    changing?.classList.add("busy");
    for (const button of form.querySelectorAll("button[name=op]:not(:disabled)")) {
      if (changing) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  };
  document.addEventListener("htmx:confirm", (event) => {
    const button = event.detail.elt;
    if (button.name !== "op" || !form.contains(button) || button === changing) return;
    if (changing) {
      event.preventDefault();
      return;
    }
    changing = button;
    showChanging();
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    /* The button itself may be gone by now. */
    if (changing === null || detail.requestConfig.elt !== changing) return;
    changing.classList.remove("busy");
    changing = null;
    showChanging();
  });
  const showWaiting = (button, isWaiting) => {
    button?.classList.toggle("busy", isWaiting);
    if (isWaiting) button?.setAttribute("aria-disabled", "true");
    else button?.removeAttribute("aria-disabled");
  };
  /* The answer may have drawn the button again, with other words for what it does now, or not at all. */
  const pressAgain = (button, words) => {
    const again = button?.isConnected
      ? button
      : [...form.elements].find(
          ({ type, name, value }) =>
            type === "submit" && name === button?.name && value === button?.value,
        );
    if (!button || (again && !again.disabled && again.textContent === words)) {
      form.requestSubmit(again);
      return;
    }
    const state = document.getElementById("save-state");
    state.textContent = form.dataset.changed;
    state.tabIndex = -1;
    (again && !again.disabled ? again : state).focus();
  };
  form.addEventListener(
    "submit",
    (event) => {
      if (!underWay.size) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (waiting) return;
      const button = event.submitter;
      const words = button?.textContent;
      const late = setTimeout(goOn, PATIENCE);
      showWaiting(button, true);
      waiting = () => {
        clearTimeout(late);
        underWay.clear();
        showWaiting(button, false);
        pressAgain(button, words);
      };
    },
    true,
  );

  const nextTurn = () => {
    field("turn").value = String(Number(field("turn").value) + 1);
  };
  form.addEventListener("submit", nextTurn);

  document.addEventListener("htmx:configRequest", (event) => {
    const token = renewToken();
    if (token && event.detail.parameters.csrfmiddlewaretoken) {
      event.detail.parameters.csrfmiddlewaretoken = token;
    }
    if (!event.detail.elt.closest("#draft-form") || event.detail.path.endsWith("/preview")) return;
    /* Saves queue up behind a slow request; if it saved all that was typed, they have nothing to do. */
    if (event.detail.elt === form && edits === savedEdits) {
      event.preventDefault();
      return;
    }
    /* htmx adds the button that was pressed last: a save must not do again what it did. */
    if (event.detail.elt === form) {
      for (const { name } of form.querySelectorAll("button[name]"))
        delete event.detail.parameters[name];
    }
    nextTurn();
    event.detail.parameters.turn = field("turn").value;
    sentEdits = edits;
    sentTexts = texts(fieldsNow());
    document.getElementById("save-state")?.classList.add("busy");
  });

  /* Refusals say why; they are shown like any other answer. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if ([400, 409, 422].includes(status)) {
      event.detail.target = document.getElementById("save-state");
      event.detail.swapOverride = "outerHTML";
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  const notSaved = (why) => {
    const state = document.getElementById("save-state");
    if (!state) return;
    state.className = "save-state bad";
    state.textContent = why;
    keepCopy();
  };

  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) notSaved(form.dataset.signedOut);
    else notSaved(`${form.dataset.failed} (${status})`);
  });
  document.addEventListener("htmx:sendError", () => notSaved(form.dataset.offline));

  document.addEventListener("htmx:afterRequest", (event) => {
    if (
      event.detail.path?.endsWith?.("/preview") ||
      event.detail.pathInfo?.requestPath.endsWith("/preview")
    )
      return;
    if (!event.detail.successful || event.detail.xhr.status !== 200) return;
    savedEdits = sentEdits;
    if (edits === savedEdits) {
      clearTimeout(keeping);
      localStorage.removeItem(key);
    }
  });

  /* Folds that were opened or closed by hand stay so when the fields are drawn again. */
  const folds = new Map();
  form.addEventListener(
    "toggle",
    (event) => {
      if (event.target.id && event.target.isConnected)
        folds.set(event.target.id, event.target.open);
    },
    true,
  );

  /* Where a part of the form is after a change of its structure, by its pointer; null if removed. */
  const placeAfter = (pointer, operation) => {
    const [, verb, entry] = /^(\w+):(.*)$/s.exec(operation) ?? [];
    if (!verb || verb === "add") return pointer;
    const list = entry.slice(0, entry.lastIndexOf("/") + 1);
    const [, step, rest] = pointer.startsWith(list)
      ? /^([^/]+)(.*)$/s.exec(pointer.slice(list.length))
      : [];
    if (step === undefined) return pointer;
    if (verb === "remove" && list + step === entry) return null;
    const at = Number(entry.slice(list.length));
    const now = Number(step);
    if (Number.isNaN(at) || Number.isNaN(now)) return pointer;
    const other = { up: at - 1, down: at + 1 }[verb];
    let then = now;
    if (verb === "remove" && now > at) then -= 1;
    else if (verb === "copy" && now > at) then += 1;
    else if (now === at) then = other ?? now;
    else if (now === other) then = at;
    return list + then + rest;
  };
  const nameAfter = (name, operation) => {
    const [, kind, pointer] = /^(\w+:)(.*)$/s.exec(name) ?? [];
    const then = kind === undefined ? name : placeAfter(pointer, operation);
    return then === null || kind === undefined ? then : kind + then;
  };

  /* What was typed since the request left, and where the cursor is: the answer does not know it. */
  let typedMeanwhile = null;
  const noteTyped = () => {
    const now = texts(fieldsNow());
    const focus = document.activeElement;
    const ofChips = focus.closest(".chips")?.previousElementSibling;
    typedMeanwhile = {
      changed: [...now].filter(
        ([name, values]) => values.join("\n") !== sentTexts.get(name)?.join("\n"),
      ),
      pressed: focus.name === "op" || focus === document.body,
      name: (ofChips ?? focus).name,
      chip: ofChips ? focus.value : null,
      value: focus.type === "checkbox" || focus.type === "radio" ? focus.value : null,
      selection: [focus.selectionStart, focus.selectionEnd],
    };
  };
  const focusAgain = ({ name, chip, value, selection }, operation) => {
    const then = name && nameAfter(name, operation);
    const input = [...form.elements].find(
      (one) =>
        one.name === then && one.type !== "hidden" && (value === null || one.value === value),
    );
    if (!input) return;
    makeChips();
    const box = chip === null ? input : input.nextElementSibling.querySelector("input");
    if (chip !== null) box.value = chip;
    unfold(box);
    box.focus({ preventScroll: true });
    if (typeof selection[0] === "number") box.setSelectionRange(...selection);
  };
  /* The button that was pressed, where it is now; of an entry that is gone, the one that adds. */
  const focusButton = (operation) => {
    const [, verb, entry] = /^(\w+):(.*)$/s.exec(operation) ?? [];
    const then = placeAfter(entry, operation);
    const list = entry.slice(0, entry.lastIndexOf("/"));
    const choices = then === null ? [`add:${list}`, `add:${entry}`] : [verb, "up", "down"];
    for (const choice of choices) {
      const button = form.querySelector(
        `button[name=op][value="${CSS.escape(then === null ? choice : `${choice}:${then}`)}"]`,
      );
      if (!button || button.disabled) continue;
      unfold(button);
      button.focus();
      return;
    }
  };

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    for (const fold of form.querySelectorAll("details[id]")) folds.set(fold.id, fold.open);
    if (detail.target.id === "draft-fields" && detail.shouldSwap) noteTyped();
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    /* Each new element says so; the first one is enough. */
    if (detail.target.id !== "draft-fields" || !typedMeanwhile) return;
    const typed = typedMeanwhile;
    typedMeanwhile = null;
    const operation = detail.requestConfig?.parameters?.op ?? "";
    for (const fold of detail.target.querySelectorAll("details[id]")) {
      if (folds.has(fold.id) && !/^(remove|up|down|copy):/.test(operation))
        fold.open = folds.get(fold.id);
    }
    const changed = typed.changed.map(([name, values]) => [nameAfter(name, operation), values]);
    putBack(new Map(changed.filter(([name]) => name !== null)));
    if (changed.length) keepCopy();
    if (!typed.pressed) {
      focusAgain(typed, operation);
    } else if (operation.startsWith("add:")) {
      const pointer = operation.slice(4);
      const list = document.getElementById(`at${pointer.replace(/[^A-Za-z0-9_-]+/g, "-")}`);
      const added = list?.matches(".entry")
        ? list
        : list?.querySelector(":scope > .entry:last-of-type");
      if (added) {
        added.open = true;
        added.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      }
    } else if (operation) {
      focusButton(operation);
    }
  });
  document.addEventListener("htmx:afterSettle", settle);
  document.addEventListener("htmx:oobAfterSwap", settle);

  /* What this browser has and the hub has not ------------------------------------------------------- */

  const [lastWriter, lastTurn] = (form.dataset.last ?? ":").split(":");
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(prefix)) continue;
    let copy = {};
    try {
      copy = JSON.parse(localStorage.getItem(name));
    } catch {
      /* It is dropped below. */
    }
    if (!copy?.fields || (copy.writer === lastWriter && copy.turn <= Number(lastTurn))) {
      localStorage.removeItem(name);
    }
  }

  const stored = localStorage.getItem(key);
  if (stored) {
    const copy = JSON.parse(stored);
    const plain = (fields) =>
      JSON.stringify(fields.map(([name, text]) => [name, text.replace(/\r\n?/g, "\n")]));
    const notice = document.getElementById("local-copy");
    if (plain(copy.fields) === plain(fieldsNow())) {
      localStorage.removeItem(key);
    } else {
      notice.hidden = false;
      notice.querySelector("[data-when]").textContent = new Date(copy.at).toLocaleString();
      notice.querySelector("[data-restore]").addEventListener("click", () => {
        /* A box that is not ticked, and not a list, sends nothing. */
        const unticked = [...form.elements]
          .filter(({ name, type }) => name && type === "checkbox")
          .map(({ name }) => [name, []]);
        putBack(new Map([...unticked, ...texts(copy.fields)]));
        notice.hidden = true;
        edits += 1;
        htmx.trigger(form, "save-now");
      });
      notice.querySelector("[data-forget]").addEventListener("click", () => {
        localStorage.removeItem(key);
        notice.hidden = true;
      });
    }
  }
})();
