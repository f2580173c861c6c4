// The grid of answers: what is shown of them, while they come and when there are none.

import { card } from "./card.js";
import { find, make } from "./dom.js";
import { LEVELS, levelOf, levelText, plural } from "./words.js";

const SLOW = [[150, "Searching…"], [2500, "Still searching…"], [10000, "This takes unusually long; OpenSearch may be busy."]];
const BLANKS = 12;

export class Answers {
  #grid = find("grid");
  #status = find("status");
  #timers = [];
  hits = [];
  level = 0;

  constructor({ act, onMore, onCancel, onRetry, onAll }) {
    this.act = act;
    this.onRetry = onRetry;
    this.onAll = onAll;
    find("more").addEventListener("click", onMore);
    find("cancel").addEventListener("click", onCancel);
  }

  /** Something was asked; if `anew`, what is shown belongs to another search. */
  wait(anew) {
    this.#still();
    this.#grid.setAttribute("aria-busy", "true");
    find("problem").hidden = true;
    find("more").disabled = true;
    this.#timers = SLOW.map(([after, text], step) => setTimeout(() => {
      this.#status.textContent = text;
      find("cancel").hidden = step < 1;
      if (step === 0 && anew) this.#replace(Array.from({ length: BLANKS }, () => make("t-blank").root));
    }, after));
  }

  /** Show an answer, behind those that are shown already if it is not the first part. */
  show({ hits, more, judged, milliseconds }, searched, first, filtered) {
    this.#still();
    this.hits = first ? [...this.hits, ...hits] : hits;
    this.judged = judged;
    this.searched = searched;
    this.milliseconds = milliseconds;
    const cards = hits.map((hit) => card(hit, searched, this.act));
    if (first) this.#grid.append(...cards); else this.#replace(cards);
    find("answers-title").textContent = searched ? "Pictures like yours" : "Pictures of this index";
    find("more").hidden = !more;
    find("more").disabled = false;
    this.filtered = filtered;
    this.filter(this.level);
    if (first) cards[0]?.querySelector("button").focus({ preventScroll: true });
  }

  isShown(hit) {
    return !(this.searched && this.judged) || levelOf(hit) >= this.level;
  }

  /** Show only what is at least so alike. */
  filter(level) {
    this.level = level;
    const counts = LEVELS.map((_, one) => this.hits.filter((hit) => levelOf(hit) === one).length);
    const applies = this.searched && this.judged;
    let shown = 0;
    for (const one of this.#grid.children) {
      one.hidden = applies && Number(one.dataset.level) < level;
      shown += !one.hidden;
    }
    find("alike-words").textContent = levelText(level);
    const words = applies && shown
      ? counts.map((count, one) => one >= level && count ? `${count} ${LEVELS[one] === "copy" && count > 1 ? "copies" : LEVELS[one]}` : "")
        .filter(Boolean).reverse().join(", ")
      : "";
    this.#status.textContent = shown
      ? `${words || `${plural(shown, "picture")} shown`}${this.searched ? ` · ${this.milliseconds} ms` : ""}` : "";
    this.#empty(shown, counts);
  }

  /** Show nothing: what was asked cannot be. */
  clear() {
    this.#still();
    this.hits = [];
    this.#replace([]);
    this.#status.textContent = "";
    find("more").hidden = true;
    find("empty").hidden = true;
  }

  /** Show what went wrong. */
  fail(message) {
    this.clear();
    const problem = find("problem");
    problem.replaceChildren(paragraph(message), button("Try again", this.onRetry));
    problem.hidden = false;
  }

  /** Whoever was in the grid with the keyboard stays there. */
  #replace(cards) {
    const inside = this.#grid.contains(document.activeElement);
    this.#grid.replaceChildren(...cards);
    if (inside) find("answers").focus({ preventScroll: true });
  }

  #empty(shown, counts) {
    const empty = find("empty");
    empty.hidden = shown > 0;
    if (shown) return;
    if (this.hits.length) {
      const hidden = counts.slice(0, this.level).reduce((sum, count) => sum + count, 0);
      empty.replaceChildren(
        paragraph(`Nothing here is as alike as that. ${plural(hidden, "picture")} less alike ${hidden === 1 ? "is" : "are"} hidden.`),
        button("Show everything similar", () => this.onAll("alike")),
      );
    } else if (this.filtered) {
      empty.replaceChildren(paragraph("No picture satisfies these filters."), button("Clear the filters", () => this.onAll("filters")));
    } else {
      empty.replaceChildren(paragraph(this.searched ? "No other picture is in this index." : "This index holds no pictures yet."));
    }
  }

  #still() {
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
    this.#grid.removeAttribute("aria-busy");
    find("cancel").hidden = true;
  }
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function button(text, onClick) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", onClick);
  return made;
}
