/**
 * Drawing a camera's zones: the lines in the text field stay the truth, the drawing only writes and shows them. A
 * picture may lie underneath; it never leaves this machine.
 */
interface Words {
  count: string;
  mask: string;
  done: string;
  undo: string;
  clear: string;
  picture: string;
  name: string;
  how: string;
  label: string;
}

type Corner = [number, number];

interface Zone {
  key: string;
  name: string;
  masked: boolean;
  corners: Corner[];
}

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 160;
const HIGH = 90;

function read(text: string): Zone[] {
  return text
    .split("\n")
    .map((line) => line.split("|").map((part) => part.trim()))
    .filter((parts) => parts.length === 4)
    .map(([key = "", name = "", what, corners = ""]) => ({
      key,
      name,
      masked: what === "遮" || what === "mask",
      corners: corners.split(/\s+/).map((one) => one.split(",").map(Number) as Corner),
    }));
}

function write(zones: Zone[]): string {
  return zones
    .map((zone) => `${zone.key} | ${zone.name} | ${zone.masked ? "遮" : "数"} | ${zone.corners.map(([x, y]) => `${x},${y}`).join(" ")}`)
    .join("\n");
}

function drawn(corners: Corner[]): string {
  return corners.map(([x, y]) => `${x * WIDE},${y * HIGH}`).join(" ");
}

function make<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string>): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function button(words: string, react: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn small";
  made.textContent = words;
  made.addEventListener("click", react);
  return made;
}

export function drawZones(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLTextAreaElement>("textarea[data-zones]");
  if (!field || !form.dataset.zoneWords) return;
  const words = JSON.parse(form.dataset.zoneWords) as Words;
  let open: { masked: boolean; corners: Corner[] } | null = null;
  let picture = "";

  const stage = document.createElement("div");
  stage.className = "view-stage";
  const svg = make("svg", { class: "view", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": words.label });
  const how = document.createElement("p");
  how.className = "s muted";
  how.setAttribute("role", "status");
  const acts = document.createElement("div");
  acts.className = "row wrap p-after";

  const called = document.createElement("input");
  called.className = "input";
  called.id = "zone-name";
  called.maxLength = 30;
  called.placeholder = words.name;
  called.setAttribute("aria-label", words.name);
  called.addEventListener("input", () => show());
  const named = (): string => called.value.replace(/\|/g, " ").trim();

  const show = (): void => {
    svg.replaceChildren(make("rect", { class: "view-frame", width: String(WIDE), height: String(HIGH) }));
    if (picture) svg.append(make("image", { href: picture, width: String(WIDE), height: String(HIGH), preserveAspectRatio: "none" }));
    for (const zone of read(field.value)) {
      svg.append(make("polygon", { class: zone.masked ? "view-masked" : "view-counted", points: drawn(zone.corners) }));
    }
    if (open) {
      svg.append(make("polygon", { class: "view-drawn", points: drawn(open.corners) }));
      for (const [x, y] of open.corners) svg.append(make("circle", { class: "view-corner", cx: String(x * WIDE), cy: String(y * HIGH), r: "1.4" }));
    }
    how.textContent = open ? words.how : "";
    done.disabled = !open || open.corners.length < 3 || !named();
    called.hidden = !open;
    undo.disabled = !open?.corners.length;
    count.disabled = mask.disabled = open !== null;
  };

  const begin = (masked: boolean): void => {
    open = { masked, corners: [] };
    show();
  };
  const count = button(words.count, () => begin(false));
  const mask = button(words.mask, () => begin(true));
  const undo = button(words.undo, () => {
    open?.corners.pop();
    show();
  });
  const done = button(words.done, () => {
    if (!open) return;
    const zones = read(field.value);
    const taken = new Set(zones.map((zone) => zone.key));
    let number = 1;
    while (taken.has(`z${number}`)) number += 1;
    zones.push({ key: `z${number}`, name: named(), masked: open.masked, corners: open.corners });
    field.value = write(zones);
    open = null;
    called.value = "";
    show();
  });
  const clear = button(words.clear, () => {
    field.value = "";
    open = null;
    show();
  });

  svg.addEventListener("click", (event) => {
    if (!open) return;
    const box = svg.getBoundingClientRect();
    const place = (at: number, start: number, size: number): number =>
      Math.round(Math.min(1, Math.max(0, (at - start) / size)) * 1000) / 1000;
    open.corners.push([place(event.clientX, box.left, box.width), place(event.clientY, box.top, box.height)]);
    show();
  });

  const file = document.createElement("input");
  file.type = "file";
  file.accept = "image/*";
  file.id = "view-picture";
  file.addEventListener("change", () => {
    if (picture) URL.revokeObjectURL(picture);
    picture = file.files?.[0] ? URL.createObjectURL(file.files[0]) : "";
    show();
  });
  const label = document.createElement("label");
  label.className = "s muted";
  label.htmlFor = file.id;
  label.textContent = words.picture;

  stage.append(svg, how);
  acts.append(count, mask, called, done, undo, clear);
  field.before(stage, acts, label, file);
  field.addEventListener("input", show);
  show();
}
