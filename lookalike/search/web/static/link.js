// The search as it stands in the page's link, so that the link brings it back.

export const PAGE = 24;

export const NOTHING = Object.freeze({
  picture: "", like: "", part: null, flip: false, rotations: false, regions: false,
  filters: [], more: [], less: [], shown: PAGE, alike: 0,
});

/** The search of a link's query string. */
export function readLink(text) {
  const link = new URLSearchParams(text);
  const part = (link.get("part") ?? "").split(",").map(Number);
  const views = link.getAll("view");
  return {
    ...NOTHING,
    picture: link.get("picture") ?? "",
    like: link.get("like") ?? "",
    part: part.length === 4 && part.every(Number.isFinite)
      ? { x: part[0], y: part[1], width: part[2], height: part[3] } : null,
    flip: views.includes("flip"),
    rotations: views.includes("rotations"),
    regions: link.get("in") === "regions",
    filters: link.getAll("filter"),
    more: link.getAll("more"),
    less: link.getAll("less"),
    shown: Number(link.get("shown")) || PAGE,
    alike: Math.min(Math.max(Number(link.get("alike")) || 0, 0), 2),
  };
}

/** The query string of a search, as short as it can be. */
export function writeLink(search) {
  const link = new URLSearchParams();
  const add = (name, value) => value && link.append(name, value);
  add("picture", search.picture);
  add("like", search.like);
  const sides = search.part && [search.part.x, search.part.y, search.part.width, search.part.height];
  add("part", sides && sides.map((side) => side.toFixed(4)).join(","));
  add("view", search.flip && "flip");
  add("view", search.rotations && "rotations");
  add("in", search.regions && "regions");
  search.filters.forEach((one) => add("filter", one));
  search.more.forEach((one) => add("more", one));
  search.less.forEach((one) => add("less", one));
  add("shown", search.shown !== PAGE && String(search.shown));
  add("alike", search.alike && String(search.alike));
  return link.toString();
}

export const asks = (search) => Boolean(search.picture || search.like);
