// Your picture and one of the answers, side by side.

import { showImage } from "./card.js";
import { drawBoxes, find, parts } from "./dom.js";
import { imageOf, originalOf } from "./server.js";
import { factsOf, percent } from "./words.js";

export class Compare {
  #dialog = find("compare");
  #parts = parts(this.#dialog);
  #hits = [];
  #place = 0;

  constructor(act) {
    this.#parts.previous.addEventListener("click", () => this.#go(-1));
    this.#parts.next.addEventListener("click", () => this.#go(1));
    for (const name of ["more", "less", "search"]) {
      this.#parts[name].addEventListener("click", () => {
        this.#dialog.close();
        act(name, this.#hits[this.#place]);
      });
    }
    this.#dialog.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) this.#go(step);
    });
    this.#dialog.addEventListener("click", (event) => { if (event.target === this.#dialog) this.#dialog.close(); });
  }

  /** Show one of the hits beside what was asked: {source, part}, or null. */
  open(hits, hit, asked) {
    this.#hits = hits;
    this.#place = hits.indexOf(hit);
    this.#parts.asked.hidden = !asked;
    this.#parts.more.hidden = this.#parts.less.hidden = !asked;
    if (asked) {
      const { askedImage, askedShape } = this.#parts;
      askedImage.src = asked.source;
      askedImage.onload = () => { askedShape.style.setProperty("--own", askedImage.naturalWidth / askedImage.naturalHeight); };
      drawBoxes(askedShape, asked.part ? [asked.part] : []);
    }
    this.#show();
    this.#dialog.showModal();
  }

  #go(step) {
    const place = this.#place + step;
    if (!this.#hits[place]) return;
    this.#place = place;
    this.#show();
  }

  #show() {
    const hit = this.#hits[this.#place];
    const { name, image, shape, verdict, original, facts, previous, next } = this.#parts;
    name.textContent = hit.name;
    shape.classList.remove("missing");
    showImage(hit, image, shape);  // at once, and sharper as soon as it is there
    const sharp = new Image();
    sharp.onload = () => { if (this.#hits[this.#place] === hit) image.src = sharp.src; };
    sharp.src = imageOf(hit.id, 1600);
    image.alt = hit.name;
    drawBoxes(shape, hit.boxes);
    verdict.textContent = [hit.verdict, hit.probability >= 0.01 && percent(hit.probability)].filter(Boolean).join(" · ") || hit.name;
    previous.disabled = this.#place === 0;
    next.disabled = this.#place === this.#hits.length - 1;
    const address = originalOf(hit);
    original.hidden = !address;
    if (address) original.href = address;
    facts.replaceChildren(...factsOf(hit).map(([key, text]) => {
      const [row, term, value] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
      term.textContent = key;
      value.textContent = text;
      row.append(term, value);
      return row;
    }));
  }
}
