// <picture-box>: a picture on which a part can be chosen by mouse, touch or keyboard.
//
// Fires `part` with `detail` {x, y, width, height} in fractions of the picture, or null when it is taken away.

const LEAST = 0.04;
const STEP = 0.02;
const STARTING = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

class PictureBox extends HTMLElement {
  #image = document.createElement("img");
  #box = document.createElement("div");
  #part = null;
  #start = null;
  #waiting = 0;

  connectedCallback() {
    if (this.#image.isConnected) return;
    this.#image.draggable = false;
    this.#box.className = "box";
    this.#box.tabIndex = 0;
    this.#box.setAttribute("role", "application");
    this.#box.hidden = true;
    for (const corner of ["nw", "ne", "sw", "se"]) {
      const handle = document.createElement("span");
      handle.dataset.corner = corner;
      this.#box.append(handle);
    }
    this.append(this.#image, this.#box);
    this.addEventListener("pointerdown", (event) => this.#begin(event));
    this.addEventListener("pointermove", (event) => this.#move(event));
    this.addEventListener("pointerup", () => this.#end());
    this.addEventListener("pointercancel", () => this.#end());
    this.#box.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Show a picture; what its source cannot show, `otherwise` can. */
  show(source, alt, otherwise = "") {
    if (this.#image.getAttribute("src") !== source) this.#image.src = source;
    this.#image.alt = alt;
    this.#image.onerror = otherwise ? () => { this.#image.onerror = null; this.#image.src = otherwise; } : null;
  }

  get source() { return this.#image.src; }
  get part() { return this.#part; }
  set part(part) {
    this.#part = part;
    this.#box.hidden = !part;
    this.toggleAttribute("chosen", Boolean(part));
    if (!part) return;
    for (const [side, name] of [["left", "x"], ["top", "y"], ["width", "width"], ["height", "height"]]) {
      this.#box.style[side] = `${100 * part[name]}%`;
    }
    const percent = (value) => `${Math.round(100 * value)} %`;
    this.#box.setAttribute("aria-label", `Part to search by: ${percent(part.width)} wide, ${percent(part.height)} high, `
      + `${percent(part.x)} from the left, ${percent(part.y)} from the top. Arrows move it, with Shift they resize it, `
      + "Delete takes it away.");
  }

  /** Put a box in the middle, to be moved. */
  begin() {
    this.part = { ...STARTING };
    this.#box.focus();
    this.#tell();
  }

  #at(event) {
    const frame = this.#image.getBoundingClientRect();
    return {
      x: clamp((event.clientX - frame.left) / frame.width, 0, 1),
      y: clamp((event.clientY - frame.top) / frame.height, 0, 1),
    };
  }

  #begin(event) {
    if (event.button !== 0) return;
    const at = this.#at(event);
    const corner = event.target.dataset?.corner;
    const onBox = event.target === this.#box;
    // On a screen that is touched, the first finger on the bare picture scrolls the page.
    if (event.pointerType === "touch" && !this.#part) return;
    event.preventDefault();
    this.setPointerCapture(event.pointerId);
    const { x, y, width, height } = this.#part ?? {};
    if (corner) {
      this.#start = { at: { x: corner.includes("w") ? x + width : x, y: corner.includes("n") ? y + height : y } };
    } else if (onBox) {
      this.#start = { grabbed: at, from: this.#part };
    } else {
      this.#start = { at };
    }
    this.#start.before = this.#part;
  }

  #move(event) {
    if (!this.#start) return;
    const at = this.#at(event);
    const { at: corner, grabbed, from } = this.#start;
    if (from) {
      this.part = {
        ...from,
        x: clamp(from.x + at.x - grabbed.x, 0, 1 - from.width),
        y: clamp(from.y + at.y - grabbed.y, 0, 1 - from.height),
      };
    } else {
      const width = Math.abs(at.x - corner.x);
      const height = Math.abs(at.y - corner.y);
      if (Math.max(width, height) < LEAST / 2) return;
      this.part = { x: Math.min(at.x, corner.x), y: Math.min(at.y, corner.y), width, height };
    }
  }

  #end() {
    if (!this.#start) return;
    const { before } = this.#start;
    this.#start = null;
    if (this.#part && Math.min(this.#part.width, this.#part.height) < LEAST) this.part = before;
    if (this.#part !== before) {
      this.#box.focus({ preventScroll: true });
      this.#tell();
    }
  }

  #key(event) {
    const [across, down] = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key] ?? [0, 0];
    if (event.key === "Delete" || event.key === "Backspace" || event.key === "Escape") {
      this.part = null;
      this.#tell();
    } else if (across || down) {
      const { x, y, width, height } = this.#part;
      this.part = event.shiftKey
        ? { x, y, width: clamp(width + across, LEAST, 1 - x), height: clamp(height + down, LEAST, 1 - y) }
        : { x: clamp(x + across, 0, 1 - width), y: clamp(y + down, 0, 1 - height), width, height };
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.#tell(), 400);
    } else {
      return;
    }
    event.preventDefault();
  }

  #tell() {
    clearTimeout(this.#waiting);
    this.dispatchEvent(new CustomEvent("part", { detail: this.#part }));
  }
}

customElements.define("picture-box", PictureBox);
