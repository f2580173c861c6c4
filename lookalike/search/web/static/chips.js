// What narrows or moves the search, each to be taken away again.

import { find, make } from "./dom.js";
import { imageOf } from "./server.js";

/** A filter as people read it. */
export function filterText(filter) {
  const [field, ...rest] = filter.split("=");
  const name = field.replace(/^(metadata|exif)\./, "").replace(/\.text$/, "").replaceAll("_", " ");
  return `${name}: ${rest.join("=").replaceAll(/T00:00:00\.000Z|T23:59:59\.999Z/g, "").replace("..", " – ").trim()}`;
}

/** Show what is chosen; `remove(list, value)` is called for what is taken away, `clear` for all filters. */
export function showChips(search, names, remove, clear) {
  const chips = [
    ...search.more.map((id) => chip("more", id, `more like ${names.get(id) ?? "this"}`, remove, id)),
    ...search.less.map((id) => chip("less", id, `not like ${names.get(id) ?? "this"}`, remove, id)),
    ...search.filters.map((filter) => chip("filters", filter, filterText(filter), remove)),
  ];
  if (search.filters.length > 1) {
    const all = make("t-rest").root;
    all.textContent = "Clear the filters";
    all.addEventListener("click", clear);
    chips.push(all);
  }
  const inside = find("chips").contains(document.activeElement);
  find("chips").replaceChildren(...chips);
  if (inside) find("answers").focus({ preventScroll: true });
}

function chip(list, value, label, remove, example) {
  const made = make("t-chip");
  made.root.dataset.list = list;
  made.text.textContent = label;
  if (example) {
    made.image.src = imageOf(example, 640);
    made.image.hidden = false;
  }
  made.remove.setAttribute("aria-label", `Remove ${label}`);
  made.remove.addEventListener("click", () => remove(list, value));
  return made.root;
}
