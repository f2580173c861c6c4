// The search as OpenSearch's query DSL, to copy.

import { copyText, find, parts } from "./dom.js";
import * as server from "./server.js";

const LONGEST = 60;
const dialog = find("query");
const { text, copy, told, endpoint } = parts(dialog);
let whole = "";

copy.addEventListener("click", async () => {
  try {
    await copyText(whole);
    told.textContent = "Copied.";
  } catch (error) {
    told.textContent = `Not copied: ${error.message}`;
  }
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

/** Fetch the query of a link and show it. */
export async function openQuery(link, index) {
  endpoint.textContent = `POST /${index}/_search`;
  text.textContent = "…";
  told.textContent = "";
  copy.disabled = true;
  dialog.showModal();
  try {
    const query = await server.query(link);
    whole = JSON.stringify(query, null, 2);
    text.textContent = JSON.stringify(query, shortened, 2);
    copy.disabled = false;
  } catch (error) {
    text.textContent = error.message;
  }
}

function shortened(key, value) {
  if (typeof value === "string" && value.length > LONGEST) return `${value.slice(0, LONGEST / 2)}… (${value.length.toLocaleString("en")} characters)`;
  if (Array.isArray(value) && value.length > 8 && value.every((one) => typeof one === "number")) return `… (${value.length} numbers)`;
  return value;
}
