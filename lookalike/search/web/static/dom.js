// Making elements from the page's templates, and filling them.

export const find = (id) => document.getElementById(id);

/** The elements inside `root` by their `data-part`. */
export function parts(root) {
  return Object.fromEntries([...root.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
}

/** A copy of a template's first element, as `root`, with its parts by name. */
export function make(template) {
  const root = find(template).content.firstElementChild.cloneNode(true);
  return { root, ...parts(root) };
}

/** Draw boxes, in fractions of its sides, on a picture's `shape`. */
export function drawBoxes(shape, boxes) {
  for (const old of shape.querySelectorAll(".place")) old.remove();
  boxes.forEach((box, number) => {
    const drawn = document.createElement("span");
    drawn.className = number ? "place other" : "place";
    for (const [side, name] of [["left", "x"], ["top", "y"], ["width", "width"], ["height", "height"]]) {
      drawn.style[side] = `${100 * box[name]}%`;
    }
    shape.append(drawn);
  });
}

/** Put text on the clipboard; without a secure origin the newer way is missing. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("the browser does not allow it");
}
