/*
 * What can be completed at a place in the JSON of a definition. Pure functions of text and tree; the
 * tree comes from definitions/completions.py.
 */
"use strict";

window.definitionCompletion = (() => {
  /*
   * Read the text before the cursor. Out: the steps to the value that the cursor is in (keys, and
   * "*" for entries of lists), whether a key or a value is being written, what of it stands already,
   * where that begins, and which keys the object has before.
   */
  const contextAt = (text) => {
    const stack = [];
    let at = 0;
    let word = null;
    const top = () => stack.at(-1);
    const ended = (value) => {
      const frame = top();
      if (!frame) return;
      if (frame.kind === "object" && frame.expects === "key") {
        frame.key = value;
        frame.keys.push(value);
        frame.expects = "colon";
      } else {
        frame.expects = "comma";
      }
    };
    while (at < text.length) {
      const char = text[at];
      if (char === '"') {
        let end = at + 1;
        while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
        if (end >= text.length) {
          word = { start: at, text: text.slice(at + 1), quoted: true };
          break;
        }
        ended(text.slice(at + 1, end));
        at = end + 1;
        continue;
      }
      if (char === "{" || char === "[") {
        stack.push(
          char === "{"
            ? { kind: "object", expects: "key", key: null, keys: [] }
            : { kind: "list", expects: "value" },
        );
      } else if (char === "}" || char === "]") {
        stack.pop();
        ended(null);
      } else if (char === ":") {
        if (top()?.kind === "object") top().expects = "value";
      } else if (char === ",") {
        if (top()) top().expects = top().kind === "object" ? "key" : "value";
      } else if (/[\w.+-]/.test(char)) {
        let end = at;
        while (end < text.length && /[\w.+-]/.test(text[end])) end += 1;
        if (end >= text.length) {
          word = { start: at, text: text.slice(at), quoted: false };
          break;
        }
        ended(text.slice(at, end));
        at = end;
        continue;
      }
      at += 1;
    }
    const frame = top();
    const path = stack.map((one, depth) =>
      one.kind === "list"
        ? "*"
        : depth === stack.length - 1 && one.expects === "key"
          ? null
          : one.key,
    );
    if (path.at(-1) === null) path.pop();
    return {
      path,
      writes: frame?.expects ?? "value",
      word: word ?? { start: text.length, text: "", quoted: false },
      keys: frame?.kind === "object" ? frame.keys : [],
    };
  };

  const treeAt = (tree, path) => {
    let found = tree;
    for (const step of path) {
      if (!found) return null;
      found =
        step === "*"
          ? (found.item ?? (found.values ? { values: found.values, kind: "entry" } : null))
          : found.keys?.[step];
    }
    return found ?? null;
  };

  const START = {
    object: "{}",
    map: "{}",
    list: "[]",
    strings: "[]",
    integers: "[]",
    checks: "[]",
    json: "{}",
    text: '""',
    long: '""',
  };

  /* The completions: {caption, insert, back (how far the cursor goes back), help, meta}. */
  const suggestions = (tree, text, after) => {
    const context = contextAt(text);
    const found = treeAt(tree, context.path);
    if (!found) return { context, items: [] };
    if (context.writes === "key") {
      const colon = /^"?\s*:/.test(after);
      const items = Object.entries(found.keys ?? {})
        .filter(([name]) => !context.keys.includes(name))
        .map(([name, member]) => {
          const start = colon ? "" : (START[member.kind] ?? "");
          return {
            caption: name,
            insert: `"${name}"${colon ? "" : `: ${start}`}`,
            back: start ? 1 : 0,
            help: member.help ?? "",
            meta: member.required ? "required" : "key",
          };
        });
      return { context, items };
    }
    if (context.writes !== "value") return { context, items: [] };
    const items = (found.values ?? []).map((value) => ({
      caption: String(value),
      insert: JSON.stringify(value),
      back: 0,
      help: found.help ?? "",
      meta: "value",
    }));
    return { context, items };
  };

  return { contextAt, treeAt, suggestions };
})();
