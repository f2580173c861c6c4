// Requests to the page's own server.

/** What the server says is wrong, in words for people; `status` 0 if it does not answer. */
export class Refused extends Error {
  constructor(message, status) {
    super(/[.!?]$/.test(message) ? message : `${message}.`);
    this.status = status;
  }
}

async function ask(address, options = {}) {
  let answer;
  let content;
  try {
    answer = await fetch(address, options);
    content = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The server of this page does not answer. Is `lookalike serve` still running?", 0);
  }
  if (answer.ok) return JSON.parse(content);
  throw new Refused(reasonIn(content) ?? `The server answered ${answer.status}.`, answer.status);
}

function reasonIn(content) {
  try {
    return JSON.parse(content).error;
  } catch {
    return undefined;  // a fault of the server's, or a proxy's own page
  }
}

export const search = (link, first, signal) => ask(`/api/search?${link}&first=${first}`, { signal });
export const facets = (link) => ask(`/api/facets?${link}`);
export const query = (link) => ask(`/api/query?${link}`);
export const previewOf = (key) => `/api/pictures/${encodeURIComponent(key)}/preview`;

export const giveFile = (file, signal) =>
  ask(`/api/pictures?name=${encodeURIComponent(file.name || "pasted picture")}`, {
    method: "POST", body: file, signal, headers: { "Content-Type": "application/octet-stream" },
  });

export const giveAddress = (url, signal) =>
  ask("/api/pictures", {
    method: "POST", body: JSON.stringify({ url }), signal, headers: { "Content-Type": "application/json" },
  });

// An example may be a region of a picture, ID#N; pictures are shown whole.
const idOf = (example) => example.replace(/#\d+$/, "");
export const imageOf = (example, side) => `/api/image?side=${side}&id=${encodeURIComponent(idOf(example))}`;
export const originalOf = (hit) => hit.link ?? (hit.file ? `/api/original?id=${encodeURIComponent(hit.id)}` : null);
