// One picture of the answers.

import { drawBoxes, make } from "./dom.js";
import { imageOf, originalOf } from "./server.js";
import { LEVELS, levelOf, percent } from "./words.js";

const NARROWEST = 0.5;
const WIDEST = 2.6;

/** The picture of a hit in `image`, of its shape. */
export function showImage(hit, image, shape) {
  image.src = hit.thumbnail ? `data:image/jpeg;base64,${hit.thumbnail}` : imageOf(hit.id, 640);
  image.onerror = () => { image.onerror = null; shape.classList.add("missing"); image.removeAttribute("src"); };
  if (hit.width) shape.style.setProperty("--own", hit.width / hit.height);
}

/** An element that shows a hit; `act(name, hit)` is called for what is chosen. */
export function card(hit, searched, act) {
  const made = make("t-card");
  const ratio = hit.width ? Math.min(Math.max(hit.width / hit.height, NARROWEST), WIDEST) : 1;
  made.root.style.setProperty("--ratio", ratio.toFixed(4));
  made.root.dataset.level = levelOf(hit);
  made.root.dataset.id = hit.id;
  showImage(hit, made.image, made.shape);
  made.image.alt = hit.name;
  drawBoxes(made.shape, levelOf(hit) ? hit.boxes : hit.boxes.slice(0, 1));  // else they say little
  made.open.addEventListener("click", () => act("compare", hit));
  made.open.title = searched ? "Compare" : "Look at it";
  if (searched) {
    judge(hit, made);
  } else {
    made.judged.remove();
  }
  made.name.textContent = hit.name;
  made.name.title = hit.image_url;
  made.facts.textContent = hit.facts.map(([, text]) => text).join(" · ");
  made.facts.title = hit.facts.map(([key, text]) => `${key}: ${text}`).join("\n");
  for (const name of ["more", "less", "search"]) {
    made[name].setAttribute("aria-label", `${made[name].title}: ${hit.name}`);
    made[name].addEventListener("click", () => act(name, hit));
  }
  if (!searched) {
    made.more.remove();
    made.less.remove();
  }
  const original = originalOf(hit);
  if (original) {
    made.original.href = original;
    made.original.setAttribute("aria-label", `${made.original.title}: ${hit.name}`);
  } else {
    made.original.remove();
  }
  return made.root;
}

function judge(hit, { verdict, similarity }) {
  similarity.textContent = hit.similarity.toFixed(3);
  verdict.hidden = !hit.verdict;
  verdict.textContent = hit.verdict;
  verdict.dataset.verdict = LEVELS.indexOf(hit.verdict);
  if (hit.probability < 0.01) return;
  const likely = document.createElement("span");
  likely.textContent = percent(hit.probability);
  likely.title = "How likely it is a copy of your picture, edited or not";
  verdict.append(likely);
}
