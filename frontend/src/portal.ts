import { keepDraft } from "./draft";
import { choosePhotos } from "./photos";
import { pinOnPlan } from "./plan";
import { listen, readAloud } from "./speech";
import { recordVoice } from "./voice";

document.documentElement.classList.add("js");

for (const box of document.querySelectorAll<HTMLElement>("[data-offline]")) {
  const show = () => (box.hidden = navigator.onLine);
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
}

/** A second tap on a form that is on its way does nothing: the first one counts. */
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) delete form.dataset.sent;
});

/** After a refusal: the first red words in view, and the field above them under the fingers. */
function toFirstMistake(form: HTMLFormElement): void {
  const shown = (one: HTMLElement) => one.getClientRects().length > 0;
  const mistake = [...form.querySelectorAll<HTMLElement>(".err, .errors")].find(shown);
  if (!mistake) return;
  const around = mistake.closest<HTMLElement>(".p-under, .p-voice, .field") ?? form;
  const fields = [...around.querySelectorAll<HTMLElement>("select, textarea, input:not([type=hidden]), button")].filter(shown);
  (fields.find((one) => one.matches("[aria-invalid=true], input:checked")) ?? fields[0])?.focus({ preventScroll: true });
  mistake.scrollIntoView({ block: "center" });
}

/** For this tab only; a browser that keeps nothing loses nothing but the way back. */
function remember(key: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    return;
  }
}

function recall(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Back from the receipt leads to the receipt, not to an empty form that looks as if nothing had been sent. */
function toReceipt(form: HTMLFormElement): void {
  const key = `sent:${form.dataset.draft}`;
  const leave = () => {
    const receipt = recall(key);
    if (receipt) location.replace(receipt);
  };
  const [came] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (came?.type === "back_forward") leave();
  else if (came?.type === "navigate") remember(key, null);
  addEventListener("pageshow", (event) => {
    if (event.persisted) leave();
  });
}

readAloud(document.querySelector("[data-read-aloud]"));

const report = document.querySelector<HTMLFormElement>("form[data-report]");
if (report) {
  const words = report.querySelector<HTMLTextAreaElement>("textarea[name=words]");
  const danger = report.querySelector<HTMLElement>("[data-danger-box]");
  if (words && danger) {
    const signs = new RegExp(report.dataset.danger || "(?!)", "i");
    words.addEventListener("input", () => (danger.hidden = !signs.test(words.value)));
  }
  const under = () => {
    const chosen = report.querySelector<HTMLInputElement>("input[name=place]:checked")?.value;
    for (const part of report.querySelectorAll<HTMLElement>("[data-under]")) part.hidden = part.dataset.under !== chosen;
  };
  report.addEventListener("change", under);
  under();
  pinOnPlan(report);
  choosePhotos(report);
  if (words) listen(report.querySelector("[data-voice]"), words);
  recordVoice(report);
  toReceipt(report);
  keepDraft(report);
  toFirstMistake(report);
}

const sent = document.querySelector<HTMLElement>("[data-sent]");
if (sent?.dataset.sent) {
  localStorage.removeItem(sent.dataset.sent);
  remember(`sent:${sent.dataset.sent}`, location.pathname);
}
