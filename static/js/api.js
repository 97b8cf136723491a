/* /api/docs: the words of Swagger UI, which is in English, in the reader's language. */
"use strict";

(() => {
  const page = document.getElementById("swagger-ui");
  const words = new Map();
  for (const word of document.getElementById("swagger-words").content.children) {
    words.set(word.dataset.word, word.textContent.trim());
  }
  /* What is code, and the document itself, which comes in the reader's language. */
  const others =
    "code, pre, textarea, input, .renderedMarkdown, .opblock-summary-path, .opblock-tag";

  const put = (text) => {
    const word = words.get(text.nodeValue.trim());
    if (word && word !== text.nodeValue && !text.parentElement?.closest(others)) {
      text.nodeValue = word;
    }
  };

  const translate = (part) => {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    if (part.nodeType === Node.TEXT_NODE) put(part);
    while (texts.nextNode()) put(texts.currentNode);
  };

  /* Text that is changed in place stays React's own, so it goes on updating the page. */
  if (!document.documentElement.lang.startsWith("en")) {
    new MutationObserver((changes) => {
      for (const { type, target, addedNodes } of changes) {
        if (type === "characterData") put(target);
        for (const node of addedNodes) translate(node);
      }
    }).observe(page, { childList: true, characterData: true, subtree: true });
  }
})();
