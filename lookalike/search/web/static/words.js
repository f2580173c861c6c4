// What the page says of answers, in words.

/** The verdicts from the one that says least to the one that says most; the slider's steps. */
export const LEVELS = ["similar", "probably the same picture", "copy"];
export const levelOf = (hit) => Math.max(LEVELS.indexOf(hit.verdict), 0);

const LEVEL_TEXTS = ["everything similar", "probably the same picture, and copies", "copies only"];
export const levelText = (level) => LEVEL_TEXTS[level];

export const percent = (probability) =>
  probability >= 0.9995 ? "> 99.9 %" : `${(100 * probability).toFixed(probability > 0.99 ? 1 : 0)} %`;

export const plural = (count, one) => `${count.toLocaleString("en")} ${count === 1 ? one : `${one}s`}`;

/** A hit's facts as pairs of texts, what was measured first. */
export function factsOf(hit) {
  const facts = [];
  if (hit.similarity || hit.score) {
    facts.push(["similarity", hit.similarity.toFixed(3)], ["score", hit.score.toFixed(4)]);
  }
  if (hit.box) facts.push(["found at", `${hit.box.x}, ${hit.box.y}, ${hit.box.width} × ${hit.box.height} pixels`]);
  if (hit.width) facts.push(["size", `${hit.width} × ${hit.height} pixels`]);
  return [...facts, ...hit.facts, ["address", hit.image_url]];
}
