// The filters that the index's own metadata offer.

import { find, make } from "./dom.js";
import { plural } from "./words.js";

const SHOWN = 7;
const opened = new Set();  // facets whose rare values are shown, too

/** Show facets; `choose(filter, isChosen)` is called for a value, `set(field, filter)` for what is typed. */
export function showFacets({ facets, total, matching }, { choose, set }) {
  const place = find("facets");
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.filter : undefined;
  place.replaceChildren(...facets.map((facet) => facetOf(facet, choose, set)));
  if (!facets.length) place.textContent = "There is nothing to choose from.";
  if (focused) place.querySelector(`[data-filter="${CSS.escape(focused)}"]`)?.focus();
  find("filter-count").textContent = matching === total ? plural(total, "picture") : `${matching} of ${plural(total, "picture")}`;
}

function facetOf(facet, choose, set) {
  const { root, label, values } = make("t-facet");
  label.textContent = facet.label;
  const most = Math.max(1, ...facet.values.map((value) => value.count ?? 0));
  const rows = facet.values.map((value) => valueOf(value, most, choose));
  const isRare = (number) => number >= SHOWN && !facet.values[number].chosen;
  const open = opened.has(facet.field);
  rows.forEach((row, number) => { row.hidden = !open && isRare(number); });
  values.append(...rows);
  const rest = rows.filter((row) => row.hidden);
  if (rest.length) {
    const more = make("t-rest").root;
    more.textContent = `${rest.length} more`;
    more.setAttribute("aria-label", `${rest.length} more of ${facet.label}`);
    more.addEventListener("click", () => {
      opened.add(facet.field);
      rest.forEach((row) => { row.hidden = false; });
      rest[0].querySelector("input").focus();
      more.remove();
    });
    values.append(more);
  }
  if (facet.kind === "words") root.append(wordsOf(facet, set));
  if (facet.kind === "numbers" || facet.kind === "dates") root.append(rangeOf(facet, set));
  return root;
}

function valueOf(value, most, choose) {
  const { root, box, text, count, bar } = make("t-value");
  box.checked = value.chosen;
  box.dataset.filter = value.filter;
  box.addEventListener("change", () => choose(value.filter, box.checked));
  text.textContent = value.label;
  count.textContent = value.count ?? "";
  bar.style.width = `${(100 * (value.count ?? 0)) / most}%`;
  return root;
}

function rangeOf(facet, set) {
  const { root, low, high } = make("t-range");
  for (const [input, end] of [[low, "from"], [high, "to"]]) {
    input.type = facet.kind === "dates" ? "date" : "number";
    input.step = "any";
    input.placeholder = end;
    input.setAttribute("aria-label", `${facet.label} ${end}`);
  }
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    if (low.value || high.value) set(facet.field, `${facet.field}=${low.value}..${high.value}`);
  });
  return root;
}

function wordsOf(facet, set) {
  const { root, words } = make("t-words");
  words.setAttribute("aria-label", `Words in ${facet.label}`);
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    if (words.value.trim()) set(facet.field, `${facet.field}=${words.value.trim()}`);
  });
  return root;
}
