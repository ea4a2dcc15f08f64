/** What every page can do: close a message, open a dialog, preview photos, wait visibly. Words come from the page. */
import { closest, on } from "./dom";

const TOAST_MS = 10_000;

on("click", "[data-close-toast]", (button) => closest(button, "[data-toast]")?.remove());
for (const toast of document.querySelectorAll<HTMLElement>("[data-toast]:not(.bad)")) {
  setTimeout(() => toast.remove(), TOAST_MS);
}

on("click", "[data-open-dialog]", (button, event) => {
  const dialog = document.querySelector<HTMLDialogElement>(button.dataset.openDialog ?? "");
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
});
on("click", "[data-close-dialog]", (button, event) => {
  event.preventDefault();
  closest<HTMLDialogElement>(button, "dialog")?.close();
});
on("click", "dialog", (dialog, event) => {
  if (event.target === dialog) (dialog as HTMLDialogElement).close();
});
/** A line of the summary of faults leads to its field, and the keyboard goes with it. */
on("click", ".errors a[href^='#']", (link, event) => {
  const field = document.getElementById(link.getAttribute("href")?.slice(1) ?? "");
  if (!field) return;
  event.preventDefault();
  field.focus();
});
on("click", "[data-back]", () => history.back());
on("click", "[data-print]", () => window.print());

on("change", "[data-upload] input[type=file]", (input) => preview(input as HTMLInputElement));
on("click", "[data-upload] [data-remove]", (button) => {
  const box = closest(button, "[data-upload]");
  const figure = closest(button, "figure");
  const input = box?.querySelector<HTMLInputElement>("input[type=file]");
  if (!box || !input?.files || !figure) return;
  const kept = new DataTransfer();
  [...input.files].forEach((file, index) => {
    if (String(index) !== figure.dataset.index) kept.items.add(file);
  });
  input.files = kept.files;
  preview(input);
  input.focus();
});

/** Show what was chosen, each with its name and a way to take it back. */
function preview(input: HTMLInputElement): void {
  const box = closest(input, "[data-upload]");
  if (!box) return;
  for (const old of box.querySelectorAll("figure[data-index]")) {
    URL.revokeObjectURL(old.querySelector("img")?.src ?? "");
    old.remove();
  }
  const template = box.querySelector<HTMLTemplateElement>("template");
  [...(input.files ?? [])].forEach((file, index) => {
    const figure = template?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined;
    if (!figure) return;
    figure.dataset.index = String(index);
    const image = figure.querySelector("img");
    if (image) image.src = URL.createObjectURL(file);
    const caption = figure.querySelector("figcaption");
    if (caption) caption.textContent = file.name;
    box.prepend(figure);
  });
}

document.addEventListener("submit", (event) => {
  const button = (event as SubmitEvent).submitter;
  if (!(button instanceof HTMLButtonElement) || event.defaultPrevented) return;
  setTimeout(() => button.setAttribute("aria-busy", "true"));
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
});

/**
 * Without a network a form that nobody else keeps stays where it is, with everything typed, and says so beside its button.
 * On the window, so that whoever keeps forms on the phone is asked first.
 */
window.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  for (const old of document.querySelectorAll("[data-not-sent]")) old.remove();
  if (event.defaultPrevented || navigator.onLine || form.method !== "post") return;
  const words = document.getElementById("toasts")?.dataset.unsent;
  if (!words) return;
  event.preventDefault();
  const note = document.createElement("p");
  note.className = "note att";
  note.dataset.notSent = "";
  note.setAttribute("role", "alert");
  note.textContent = words;
  const button = (event as SubmitEvent).submitter;
  setTimeout(() => button?.removeAttribute("aria-busy"));
  form.prepend(note);
  note.scrollIntoView({ block: "center" });
});

for (const kind of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(kind, () => {
    const words = document.getElementById("toasts")?.dataset[kind === "htmx:sendError" ? "offline" : "failed"];
    if (words) say(words, "bad");
  });
}

/** A message that a screen reader speaks too. */
export function say(words: string, kind = ""): void {
  const toasts = document.getElementById("toasts");
  if (!toasts) return;
  const toast = document.createElement("div");
  toast.className = `toast ${kind}`.trim();
  toast.dataset.toast = "";
  toast.textContent = words;
  toasts.append(toast);
  setTimeout(() => toast.remove(), TOAST_MS);
}

const worker = document.querySelector<HTMLLinkElement>("link[rel=manifest]")?.dataset.worker;
if (worker && "serviceWorker" in navigator) {
  window.addEventListener("load", () => void navigator.serviceWorker.register(worker, { scope: "/" }));
}
on("submit", "form[action='/sign-out/']", () => navigator.serviceWorker?.controller?.postMessage("forget"));
