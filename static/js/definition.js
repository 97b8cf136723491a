/* Clicking the number of a line of a definition puts that line into the address. */
"use strict";

document.addEventListener("click", (event) => {
  const line = event.target.closest(".numbered .line");
  if (!line || String(getSelection())) return;
  const gutter = parseFloat(getComputedStyle(line).fontSize) * 4.5;
  if (event.clientX - line.getBoundingClientRect().left < gutter) location.hash = line.id;
});
