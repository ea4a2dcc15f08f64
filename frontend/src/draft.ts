/**
 * What somebody has written is kept on the phone until the server has it: a dead network, a closed page or a flat
 * battery loses nothing, and the same client key makes a second sending the same request.
 */
interface Draft {
  values: Record<string, string>;
  unsent: boolean;
}

const KEPT = ["words", "place", "facility", "building", "x", "y", "client_key"];

function read(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

export function keepDraft(form: HTMLFormElement): void {
  const key = form.dataset.draft;
  if (!key) return;
  const fields = () => Array.from(form.elements).filter((e): e is HTMLInputElement => "name" in e && KEPT.includes((e as HTMLInputElement).name));

  const save = (unsent: boolean) => {
    const values: Record<string, string> = { ...(read(key)?.values ?? {}) };
    for (const field of fields()) if (field.type !== "radio" || field.checked) values[field.name] = field.value;
    if (values.words?.trim()) localStorage.setItem(key, JSON.stringify({ values, unsent }));
  };

  const draft = read(key);
  const words = form.querySelector<HTMLTextAreaElement>("textarea[name=words]");
  if (draft && words && !words.value) {
    for (const field of fields()) {
      const kept = draft.values[field.name];
      if (kept === undefined) continue;
      if (field.type === "radio") field.checked = field.value === kept;
      else field.value = kept;
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
    words.dispatchEvent(new Event("input", { bubbles: true }));
  }

  form.addEventListener("input", () => save(false));
  form.addEventListener("change", () => save(false));
  form.addEventListener("submit", (event) => {
    const offlineBox = document.querySelector<HTMLElement>("[data-offline]");
    if (!navigator.onLine) {
      event.preventDefault();
      save(true);
      form.dataset.waiting = "1";
      if (offlineBox) {
        offlineBox.hidden = false;
        offlineBox.scrollIntoView({ block: "center" });
      }
      return;
    }
    if (form.dataset.onItsWay) return event.preventDefault();
    form.dataset.onItsWay = "1";
    delete form.dataset.waiting;
    save(true);
    const button = (event as SubmitEvent).submitter;
    button?.setAttribute("aria-busy", "true");
    setTimeout(() => {
      delete form.dataset.onItsWay;
      button?.removeAttribute("aria-busy");
    }, 15000);
  });
  addEventListener("pageshow", () => delete form.dataset.onItsWay);
  addEventListener("online", () => {
    const waiting = read(key);
    const said = fields().some((field) => field.name === "words" && field.value.trim());
    const held = form.dataset.waiting && Array.from(form.querySelectorAll<HTMLInputElement>("input[type=file]")).some((input) => input.files?.length);
    if (((waiting?.unsent && said) || held) && !form.dataset.onItsWay) form.requestSubmit(form.querySelector<HTMLButtonElement>("button:not([type=button])"));
  });
}
