// The page: the search of its link, and what changes it.

import "./picture-box.js";
import { Answers } from "./answers.js";
import { showChips } from "./chips.js";
import { Compare } from "./compare.js";
import { copyText, find } from "./dom.js";
import { showFacets } from "./facets.js";
import { listen } from "./give.js";
import { NOTHING, PAGE, asks, readLink, writeLink } from "./link.js";
import { openQuery } from "./query-dialog.js";
import * as server from "./server.js";
import { LEVELS } from "./words.js";

const box = document.querySelector("picture-box");
const names = new Map();  // of examples and pictures, by id or key
const local = new Map();  // addresses of pictures given here, by key
let search = readLink(location.search);
let asking = new AbortController();
let giving = new AbortController();
let facetsOf = null;

const compare = new Compare(act);
const answers = new Answers({
  act,
  onMore: () => go({ shown: search.shown + PAGE }, search.shown),
  onCancel: () => { asking.abort(); answers.fail("The search was cancelled."); },
  onRetry: () => { facetsOf = null; update(); },
  onAll: (what) => go(what === "alike" ? { alike: 0 } : { filters: [] }),
});

/** Change the search, keep it in the link, and ask; `first` answers are shown already. */
function go(change, first = 0) {
  const before = search;
  search = { ...search, ...(first ? {} : { shown: PAGE }), ...change };
  const onlyAlike = Object.keys(change).every((name) => name === "alike");
  if (onlyAlike) search.shown = before.shown;
  const link = writeLink(search);
  history[onlyAlike ? "replaceState" : "pushState"](null, "", link ? `?${link}` : location.pathname);
  if (onlyAlike) {
    showOptions();
    answers.filter(search.alike);
  } else {
    update(first);
  }
}

async function update(first = 0) {
  const link = writeLink(search);
  showGiveError("");
  showAsked();
  showOptions();
  showChips(search, names, (list, value) => go({ [list]: search[list].filter((one) => one !== value) }),
    () => go({ filters: [] }));
  updateFacets();
  asking.abort();
  asking = new AbortController();
  answers.level = search.alike;
  answers.wait(!first);
  try {
    const found = await server.search(link, first, asking.signal);
    for (const hit of found.hits) names.set(hit.id, hit.name);
    if (asks(search)) find("asked-name").textContent = found.name;
    find("alike-field").hidden = !(asks(search) && found.judged);
    answers.show(found, asks(search), first, search.filters.length > 0);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (error.status === 410) {
      forget(error.message);
    } else {
      answers.fail(error.message);
    }
  }
}

/** Facets depend on the filters alone. */
async function updateFacets() {
  const link = writeLink({ ...NOTHING, filters: search.filters });
  if (link === facetsOf) return;
  facetsOf = link;
  try {
    const found = await server.facets(link);
    if (link !== facetsOf) return;
    showFacets(found, { choose, set });
    find("regions-field").hidden = !found.regions;
  } catch (error) {
    facetsOf = null;
    find("facets").textContent = error.message;
  }
}

function choose(filter, isChosen) {
  const is = (one) => one === filter || `metadata.${one}` === filter;  // people may write links, too
  go({ filters: isChosen ? [...search.filters, filter] : search.filters.filter((one) => !is(one)) });
}

function set(field, filter) {
  go({ filters: [...search.filters.filter((one) => !one.startsWith(`${field}=`)), filter] });
}

/** The picture that is asked by. */
function showAsked() {
  const asked = asks(search);
  document.body.classList.toggle("searching", asked);
  find("asked").hidden = !asked;
  find("options").hidden = !asked;
  find("copy-link").hidden = !asked && !search.filters.length;
  if (!asked) return;
  const preview = search.picture ? server.previewOf(search.picture) : server.imageOf(search.like, 1600);
  box.show(local.get(search.picture) ?? preview, "Your picture", preview);
  box.part = search.part;
  find("part").querySelector("span").textContent = search.part ? "Use all of it" : "Use a part";
  find("asked-hint").textContent = search.like
    ? "A picture of this index" : "Draw on it to search by a part. The link to it lasts an hour.";
}

function showOptions() {
  for (const name of ["regions", "flip", "rotations"]) {
    find(name).checked = search[name];
  }
  find("alike").value = search.alike;
  find("alike").setAttribute("aria-valuetext", LEVELS[search.alike]);
}

/** The link's picture is gone; whoever gives it again goes on with the same search. */
function forget(message) {
  document.body.classList.remove("searching");
  find("asked").hidden = find("options").hidden = true;
  answers.clear();
  showGiveError(message);
}

async function give(send, preview) {
  giving.abort();
  const own = new AbortController();
  giving = own;
  showGiveError("");
  document.body.classList.add("giving");
  find("status").textContent = "Sending the picture…";
  try {
    const given = await send(own.signal);
    names.set(given.picture, given.name);
    if (preview) local.set(given.picture, preview);
    const anew = search.picture === given.picture ? {} : { part: null, more: [], less: [] };
    showGiving(false);
    go({ picture: given.picture, like: "", ...anew });
  } catch (error) {
    if (giving !== own) return;  // another picture is on its way
    if (error.name !== "AbortError") showGiveError(error.message);
    find("status").textContent = "";
  } finally {
    if (giving === own) document.body.classList.remove("giving");
  }
}

function giveFile(file) {
  const most = Number(document.body.dataset.mostMegabytes);
  if (file.type && !file.type.startsWith("image/")) {
    showGiveError(`${file.name} is no picture.`);
  } else if (file.size > most * 1e6) {
    showGiveError(`${file.name} has ${Math.round(file.size / 1e6)} MB; at most ${most} MB can be searched by.`);
  } else {
    give((signal) => server.giveFile(file, signal), URL.createObjectURL(file));
  }
}

/** Let another picture be given while one is shown. */
function showGiving(shown) {
  document.body.classList.toggle("choosing", shown);
  find("another").setAttribute("aria-expanded", String(shown));
  if (shown) {
    scrollTo({ top: 0 });
    document.querySelector("[data-way]").focus();
  }
}

function showGiveError(message) {
  find("give-error").textContent = message;
  find("give-error").hidden = !message;
}

/** What a button of an answer does. */
function act(name, hit) {
  const example = search.regions && hit.region !== undefined ? `${hit.id}#${hit.region}` : hit.id;
  names.set(example, hit.name);
  if (name === "compare") {
    const shown = answers.hits.filter((one) => answers.isShown(one));
    compare.open(shown, hit, asks(search) ? { source: box.source, part: search.part } : null);
  } else if (name === "search") {
    go({ picture: "", like: hit.id, part: null, more: [], less: [] });
    scrollTo({ top: 0 });
  } else {
    go({ [name]: [...search[name], example] });
  }
}

listen({ onFile: giveFile, onAddress: (url) => give((signal) => server.giveAddress(url, signal)) });
box.addEventListener("part", (event) => go({ part: event.detail }));
find("part").addEventListener("click", () => (search.part ? go({ part: null }) : box.begin()));
find("another").addEventListener("click", () => showGiving(!document.body.classList.contains("choosing")));
find("close").addEventListener("click", () => go({ ...NOTHING, filters: search.filters }));
for (const name of ["regions", "flip", "rotations"]) {
  find(name).addEventListener("change", (event) => go({ [name]: event.target.checked }));
}
find("alike").addEventListener("input", (event) => go({ alike: Number(event.target.value) }));
find("show-query").addEventListener("click", () => openQuery(writeLink(search), document.body.dataset.index));
find("copy-link").addEventListener("click", async () => {
  const words = find("copy-link").querySelector("span");
  await copyText(location.href).then(() => { words.textContent = "Copied"; }, () => { words.textContent = "Not copied"; });
  setTimeout(() => { words.textContent = "Copy link"; }, 2000);
});
addEventListener("popstate", () => { search = readLink(location.search); update(); });
if (matchMedia("(max-width: 52rem)").matches) find("filters").open = false;
update();
