/** Whoever is called about dangers lets this browser ring: asked for once, by a press. Words come from the page. */
const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

async function fingerprint(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function ringHere(box: HTMLElement): void {
  const form = box.querySelector<HTMLFormElement>("form");
  const button = form?.querySelector<HTMLButtonElement>("button");
  const field = form?.querySelector<HTMLInputElement>("[name=subscription]");
  if (!form || !button || !field) return;

  const say = (what: string): void => {
    for (const words of box.querySelectorAll<HTMLElement>("[data-says]")) words.hidden = words.dataset.says !== what;
  };

  const look = async (): Promise<void> => {
    if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return say("unable");
    const kept = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
    const name = kept && Notification.permission === "granted" ? await fingerprint(kept.endpoint) : "";
    const here = name !== "" && (box.dataset.known ?? "").split(" ").includes(name);
    form.hidden = here;
    if (here) say("here");
    const row = here ? box.querySelector<HTMLElement>(`[data-browser="${name}"] [data-this]`) : null;
    if (row) row.hidden = false;
  };

  const begin = async (): Promise<void> => {
    if ((await Notification.requestPermission()) !== "granted") return say("refused");
    const manager = (await navigator.serviceWorker.ready).pushManager;
    // Set up once under another key of ours it would be refused.
    await (await manager.getSubscription())?.unsubscribe();
    try {
      const made = await manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.key ?? "") });
      field.value = JSON.stringify(made);
      form.submit();
    } catch {
      say("failed");
    }
  };

  button.addEventListener("click", () => {
    button.disabled = true;
    say("");
    void begin().finally(() => (button.disabled = false));
  });
  void look();
}
