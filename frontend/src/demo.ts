/** The demo's clock: runs on between two readings of the server, as fast as the neighbourhood does. */
const EVERY = 10_000;
const EVERY_WHILE_CATCHING_UP = 2_000;
declare const htmx: { ajax(verb: string, path: string, how: object): Promise<void> } | undefined;
const bar = document.querySelector<HTMLElement>("#demo-bar");

function line(): { shown: HTMLTimeElement; now: number; speed: number } | null {
  const shown = bar?.querySelector<HTMLTimeElement>("[data-demo-now]");
  return shown ? { shown, now: Number(shown.dataset.demoNow) * 1000, speed: Number(shown.dataset.demoSpeed) } : null;
}

let anchor = line();
let readAt = performance.now();

function start(): void {
  anchor = line();
  readAt = performance.now();
}

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

function tick(): void {
  if (!anchor) return;
  const moment = new Date(anchor.now + (performance.now() - readAt) * anchor.speed);
  const part = Object.fromEntries(parts.formatToParts(moment).map((one) => [one.type, one.value]));
  const text = `${Number(part.month)}-${Number(part.day)} ${part.hour}:${part.minute}`;
  if (anchor.shown.textContent !== text) anchor.shown.textContent = text;
}

/** The simulator is living the past, jump by jump: there is no pace to choose yet. */
function catchingUp(): boolean {
  return bar?.querySelector("[data-catching-up]") !== null;
}

async function read(): Promise<void> {
  if (document.hidden || !bar?.dataset.demoClock || !anchor) return;
  const answer = await fetch(bar.dataset.demoClock).catch(() => null);
  if (!answer?.ok) return;
  const clock = (await answer.json()) as { now: string; speed: number; catching_up: boolean };
  if (clock.catching_up !== catchingUp() && bar.dataset.demoBar) {
    await htmx?.ajax("GET", bar.dataset.demoBar, { target: "#demo-bar" });
    return;
  }
  anchor.shown.dataset.demoNow = String(Date.parse(clock.now) / 1000);
  anchor.shown.dataset.demoSpeed = String(clock.speed);
  for (const button of bar.querySelectorAll<HTMLButtonElement>("button[name=speed]")) {
    button.setAttribute("aria-pressed", String(Number(button.value) === clock.speed));
  }
  start();
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target === bar) start();
});
document.addEventListener("click", (event) => {
  const sheet = bar?.querySelector<HTMLDetailsElement>("details[open]");
  if (sheet && !sheet.contains(event.target as Node)) sheet.open = false;
});
document.addEventListener("keydown", (event) => {
  const sheet = bar?.querySelector<HTMLDetailsElement>("details[open]");
  if (event.key === "Escape" && sheet) {
    sheet.open = false;
    sheet.querySelector("summary")?.focus();
  }
});
setInterval(tick, 250);
setInterval(() => catchingUp() || void read(), EVERY);
setInterval(() => catchingUp() && void read(), EVERY_WHILE_CATCHING_UP);
tick();
