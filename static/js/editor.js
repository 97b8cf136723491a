/* The JSON of a definition in Ace, over the text area that the form sends. */
"use strict";

(() => {
  const area = document.querySelector("textarea[data-editor=json]");
  if (!area || !window.ace) return;

  ace.config.set("useStrictCSP", true);
  const host = document.createElement("div");
  host.className = "ace-host";
  area.after(host);
  area.classList.add("behind");
  area.tabIndex = -1;
  area.setAttribute("aria-hidden", "true");

  const editor = ace.edit(host, {
    tabSize: 2,
    useSoftTabs: true,
    showPrintMargin: false,
    fontSize: 13,
    scrollPastEnd: 0.2,
    newLineMode: "unix",
    enableKeyboardAccessibility: false,
  });
  editor.setTheme({ cssClass: "ace-hub", isDark: false });
  editor.session.setUseWorker(false);
  editor.session.setMode("ace/mode/json");
  editor.textInput
    .getElement()
    .setAttribute("aria-label", area.labels[0]?.textContent.trim() ?? "JSON");
  const fill = () => {
    editor.session.setValue(area.value);
    editor.session.getUndoManager().reset();
  };
  fill();
  editor.session.on("change", () => {
    area.value = editor.getValue();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  area.addEventListener("draft:restored", fill);
  window.definitionEditor = editor;

  /* Tab indents, so Escape then Tab leaves. */
  editor.commands.addCommand({
    name: "leave",
    bindKey: "Esc",
    exec: () => {
      if (editor.completer?.activated) editor.completer.detach();
      else if (editor.searchBox?.active) editor.searchBox.hide();
      else editor.blur();
    },
  });

  /* Problems ------------------------------------------------------------------------------------ */

  const annotate = () => {
    const last = editor.session.getLength() - 1;
    editor.session.setAnnotations(
      [...document.querySelectorAll("#findings [data-line]")].map((item) => ({
        row: Math.min(Number(item.dataset.line) - 1, last),
        column: Number(item.dataset.column) - 1,
        text: item.querySelector("span").textContent,
        type: item.dataset.severity === "error" ? "error" : "warning",
      })),
    );
  };
  annotate();
  document.addEventListener("htmx:oobAfterSwap", annotate);

  const goTo = (line, column = 0) => {
    editor.resize(true);
    editor.gotoLine(line, column, false);
    editor.scrollToLine(line - 1, true, false);
    editor.focus();
  };
  const goToHash = () => {
    const line = Number(/^#line-(\d+)$/.exec(location.hash)?.[1]);
    if (line) goTo(line);
  };
  goToHash();
  addEventListener("hashchange", goToHash);
  document.addEventListener("click", (event) => {
    const item = event.target.closest("#findings a")?.closest("[data-line]");
    if (!item) return;
    event.preventDefault();
    goTo(Number(item.dataset.line), Number(item.dataset.column) - 1);
  });

  /* Completion ------------------------------------------------------------------------------------ */

  const completer = {
    identifierRegexps: [/[\w.-]/],
    triggerCharacters: ['"'],
    tree: null,
    getCompletions(_editor, session, position, _prefix, answer) {
      if (!this.tree) return answer(null, []);
      const document = session.getDocument();
      const offset = document.positionToIndex(position);
      const text = document.getValue();
      const { context, items } = window.definitionCompletion.suggestions(
        this.tree,
        text.slice(0, offset),
        text.slice(offset, offset + 200),
      );
      return answer(
        null,
        items.map((item, index) => ({
          caption: item.caption,
          value: item.caption,
          meta: item.meta,
          score: 1000 - index,
          docText: item.help,
          item,
          start: context.word.start,
          completer: this,
        })),
      );
    },
    insertMatch(target, data) {
      const session = target.session;
      const document = session.getDocument();
      const position = target.getCursorPosition();
      const offset = document.positionToIndex(position);
      const rest = session.getLine(position.row).slice(position.column);
      const word = /^[\w.-]*/.exec(rest)[0].length;
      const quoted = document.getValue()[data.start] === '"';
      const end = offset + (quoted ? word + (rest[word] === '"' ? 1 : 0) : 0);
      const range = ace.Range.fromPoints(
        document.indexToPosition(data.start),
        document.indexToPosition(end),
      );
      session.replace(range, data.item.insert);
      const cursor = document.indexToPosition(
        data.start + data.item.insert.length - data.item.back,
      );
      target.moveCursorToPosition(cursor);
      target.clearSelection();
    },
  };
  ace.Range = ace.require("ace/range").Range;
  editor.setOptions({
    enableBasicAutocompletion: [completer],
    enableLiveAutocompletion: [completer],
  });
  fetch(area.dataset.completions, { credentials: "same-origin" })
    .then((response) => (response.ok ? response.json() : null))
    .then((tree) => {
      completer.tree = tree;
      host.dataset.ready = "yes";
    });
})();
