// The ways to give a picture: drop, paste, choose, photograph, name its address.

import { find } from "./dom.js";

/** Call `onFile` or `onAddress` for whatever is given. */
export function listen({ onFile, onAddress }) {
  for (const button of document.querySelectorAll("[data-way]")) {
    button.addEventListener("click", () => find(button.dataset.way).click());
  }
  for (const input of [find("file"), find("camera")]) {
    input.addEventListener("change", () => {
      if (input.files.length) onFile(input.files[0]);
      input.value = "";
    });
  }
  find("give").addEventListener("submit", (event) => {
    event.preventDefault();
    const address = find("address").value.trim();
    if (address) onAddress(address);
  });
  const take = (data) => {
    const file = [...data.files][0];
    if (file) return onFile(file), true;
    const text = (data.getData("text/uri-list") || data.getData("text/plain")).split("\n")[0].trim();
    if (/^https?:\/\//i.test(text)) return onAddress(text), true;
    return false;
  };
  document.addEventListener("paste", (event) => {
    const typing = event.target.closest?.("input, textarea");
    if ((!typing || event.clipboardData.files.length) && take(event.clipboardData)) event.preventDefault();
  });
  listenToDrops(take);
}

function listenToDrops(take) {
  const cover = find("drop");
  const carries = (event) => [...event.dataTransfer.types].some((type) => type === "Files" || type === "text/uri-list");
  document.addEventListener("dragenter", (event) => { cover.hidden = !carries(event); });
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    cover.hidden = false;
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) cover.hidden = true; });
  document.addEventListener("drop", (event) => {
    cover.hidden = true;
    if (!carries(event)) return;
    event.preventDefault();
    take(event.dataTransfer);
  });
}
