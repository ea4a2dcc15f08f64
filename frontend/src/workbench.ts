/** The worker's keys, the list that keeps itself fresh, and the second column without a second page. */
import { closest, on } from "./dom";
import { workOffline } from "./offline";
import { ringHere } from "./ringing";
import { readStickers } from "./scanning";
import { drawZones } from "./zones";

declare const htmx: { ajax(verb: string, path: string, how: object): Promise<void> } | undefined;

const WIDE = matchMedia("(min-width: 64.01rem)");
let readAt = Date.now();

function ages(): void {
  for (const fresh of document.querySelectorAll<HTMLElement>("[data-since]")) {
    const seconds = Math.round((Date.now() - readAt) / 1000);
    const words = seconds < 3 ? fresh.dataset.now : seconds < 60 ? fresh.dataset.seconds : fresh.dataset.minutes;
    fresh.textContent = (words ?? "").replace("{n}", String(seconds < 60 ? seconds : Math.floor(seconds / 60)));
    fresh.classList.toggle("old", seconds > 45);
  }
}
setInterval(ages, 1000);

/** On a telephone the tabs are wider than the screen: the one that is open must not lie outside it. */
const tabs = document.querySelector<HTMLElement>(".topbar nav");
const openTab = tabs?.querySelector<HTMLElement>("[aria-current]");
if (tabs && openTab) tabs.scrollLeft = openTab.offsetLeft - (tabs.clientWidth - openTab.offsetWidth) / 2;

function markOpen(path: string): void {
  for (const item of document.querySelectorAll<HTMLAnchorElement>("a.it")) {
    if (item.pathname === path) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

document.addEventListener("htmx:afterSwap", (event) => {
  const target = (event as CustomEvent<{ target: HTMLElement }>).detail.target;
  if (target.id === "list") {
    readAt = Date.now();
    ages();
    if (opened) markOpen(opened);
  }
});

let opened = "";

const A_CASE = /^\/workbench\/cases\/\d+\/$/;

/** On a wide screen a case of the list opens beside it; on a phone, and what is no case, as a page of its own. */
on("click", "a.it", (link, event) => {
  const mouse = event as MouseEvent;
  const path = (link as HTMLAnchorElement).pathname;
  if (!A_CASE.test(path) || !WIDE.matches || !htmx || mouse.metaKey || mouse.ctrlKey || mouse.shiftKey) return;
  event.preventDefault();
  opened = path;
  void htmx.ajax("GET", path, { target: "#detail", select: "#detail", swap: "outerHTML" }).then(() => {
    history.pushState({}, "", path);
    markOpen(path);
  });
});
addEventListener("popstate", () => location.reload());

on("click", "[data-acts] details a, [data-acts] details button", (button) => closest<HTMLDetailsElement>(button, "details")?.removeAttribute("open"));

function move(step: number): void {
  const items = [...document.querySelectorAll<HTMLAnchorElement>("a.it")];
  if (!items.length) return;
  const focused = items.indexOf(document.activeElement as HTMLAnchorElement);
  const current = focused >= 0 ? focused : items.findIndex((item) => item.hasAttribute("aria-current"));
  items[Math.min(items.length - 1, Math.max(0, current + step))]?.focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches("input, textarea, select, [contenteditable]");
  if (typing || event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!document.querySelector("a.it")) return;
    event.preventDefault();
    return move(event.key === "ArrowDown" ? 1 : -1);
  }
  if (event.key === "?") return document.querySelector<HTMLDialogElement>("#keys")?.showModal();
  const wanted = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key === "/" ? "/" : event.key.toUpperCase())}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted instanceof HTMLInputElement) wanted.focus();
  else wanted.click();
});

const zoned = document.querySelector<HTMLFormElement>("form[data-zone-words]");
if (zoned) drawZones(zoned);

const scanned = document.querySelector<HTMLElement>("[data-scan]");
if (scanned) readStickers(scanned);

workOffline();

for (const box of document.querySelectorAll<HTMLElement>("[data-ringing]")) ringHere(box);
