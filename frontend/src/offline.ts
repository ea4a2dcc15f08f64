/**
 * Work without a network. Whoever wants to carries today's pages on the phone; what is done meanwhile lies in a queue and is
 * sent in its order once there is a network. Each thing has a key, so that sending it twice does it once. What the
 * server does not take stays here until a person has looked. Signing out deletes everything.
 */
import { on } from "./dom";
import { say } from "./kit";

const DATABASE = "linli-work";
const STORE = "queue";
const PAGES = "linli-work";
const CARRY = "linli-carry";
const CLOCK = "linli-clock";
const PROBE_MS = 8_000;
const AGAIN_MS = 20_000;
const FRESH_MS = 5 * 60_000;
const MOST_PAGES = 120;
const QUEUED = /^\/workbench\/(cases\/\d+\/do\/[a-z_-]+|visits\/\d+\/[a-z-]+|desk|round)\/$/;

type State = "waits" | "conflict" | "refused";
interface Item {
  key: string;
  account: string;
  path: string;
  fields: [string, string | File][];
  label: string;
  about: string;
  at: string;
  /** The same moment by the server's clock, if this phone has ever heard it. */
  said?: string;
  state: State;
  why?: string;
  where?: string;
  version?: number;
}
interface Answer {
  outcome: "done" | "conflict" | "refused";
  words?: string;
  where?: string;
  version?: number;
}

const bar = document.querySelector<HTMLElement>("#carry");
const account = bar?.dataset.account ?? "";

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function store<T>(mode: IDBTransactionMode, work: (rows: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

const put = (item: Item) => store("readwrite", (rows) => rows.put(item));
const remove = (key: string) => store("readwrite", (rows) => rows.delete(key));
async function mine(): Promise<Item[]> {
  const all = await store<Item[]>("readonly", (rows) => rows.getAll());
  return all.filter((item) => item.account === account).sort((a, b) => a.at.localeCompare(b.at));
}

const carries = () => localStorage.getItem(CARRY)?.split(" ")[0] === account;
const words = (name: string, values: Record<string, string | number> = {}) =>
  Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, String(value)), bar?.dataset[name] ?? "");

async function show(): Promise<void> {
  if (!bar) return;
  const items = await mine();
  const offline = bar.querySelector<HTMLElement>("[data-carry-offline]");
  const queue = bar.querySelector<HTMLElement>("[data-carry-queue]");
  const text = bar.querySelector<HTMLElement>("[data-carry-words]");
  if (offline) offline.hidden = navigator.onLine || !carries();
  if (queue) queue.hidden = items.length === 0;
  const stopped = items.filter((item) => item.state !== "waits").length;
  if (text) {
    const parts = [items.length > stopped ? words("waiting", { n: items.length - stopped }) : "", stopped ? words("stopped", { n: stopped }) : ""];
    text.textContent = parts.filter(Boolean).join(" · ");
  }
  bar.hidden = (offline?.hidden ?? true) && (queue?.hidden ?? true);
  await draw(items);
}

/** The page that lists what lies here. */
async function draw(items: Item[]): Promise<void> {
  const list = document.querySelector<HTMLElement>("[data-queue-list]");
  const template = document.querySelector<HTMLTemplateElement>("[data-queue-row]");
  if (!list || !template) return;
  const on_ = document.querySelector<HTMLElement>("[data-carry-on]");
  const off = document.querySelector<HTMLElement>("[data-carry-off]");
  const status = document.querySelector<HTMLElement>("[data-carry-status]");
  if (on_) on_.hidden = carries() || !("caches" in window);
  if (off) off.hidden = !carries();
  if (status) {
    const [, at, n] = localStorage.getItem(CARRY)?.split(" ") ?? [];
    status.textContent = carries() && at ? words("carried", { n: n ?? 0, at: new Date(Number(at)).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) }) : "";
  }
  const empty = document.querySelector<HTMLElement>("[data-queue-empty]");
  if (empty) empty.hidden = items.length > 0;
  list.hidden = items.length === 0;
  list.replaceChildren(
    ...items.map((item) => {
      const row = template.content.firstElementChild!.cloneNode(true) as HTMLElement;
      const part = (name: string) => row.querySelector<HTMLElement>(`[data-row-${name}]`)!;
      row.dataset.key = item.key;
      part("label").textContent = [item.label, item.about].filter(Boolean).join(" · ");
      const state = part("state");
      state.textContent = state.dataset[item.state] ?? "";
      state.classList.add(item.state === "waits" ? "go" : "att");
      part("at").textContent = new Date(item.said ?? item.at).toLocaleString();
      part("words").textContent = item.fields
        .filter(([name, value]) => typeof value === "string" && /^(text|words|note|reason|result|home-\d+)$/.test(name) && value)
        .map(([, value]) => value)
        .join("\n");
      const why = part("why");
      why.hidden = item.state === "waits";
      why.querySelector("span")!.textContent = item.why ?? "";
      const where = part("where") as HTMLAnchorElement;
      where.hidden = !item.where;
      if (item.where) where.href = item.where;
      part("again").hidden = item.state === "waits";
      part("drop").hidden = item.state === "waits";
      return row;
    }),
  );
}

async function keep(form: HTMLFormElement, button: HTMLElement | null, path: string): Promise<boolean> {
  const key = crypto.randomUUID();
  const fields: [string, string | File][] = [];
  for (const [name, value] of new FormData(form)) {
    if (name === "csrfmiddlewaretoken" || (value instanceof File && !value.size)) continue;
    fields.push([name, name === "client_key" ? key : value]);
  }
  const about = document.querySelector("h1")?.textContent?.trim() ?? "";
  const now = Date.now();
  const said = new Date(now + Number(localStorage.getItem(CLOCK) ?? 0)).toISOString();
  const item: Item = { key, account, path, fields, label: button?.textContent?.trim() ?? "", about, at: new Date(now).toISOString(), said, state: "waits" };
  try {
    await put(item);
    return true;
  } catch {
    say(words("full"), "bad");
    return false;
  }
}

/** What it is about: things done to one case keep their order. */
const subject = (item: Item) => item.path.split("/do/")[0] ?? item.path;

type Reached = "open" | "signed-out" | "nowhere";
let token = "";

/** Whether the server is there and still knows this account; its clock is remembered on the way. */
async function reach(): Promise<Reached> {
  try {
    const asked = await fetch(bar!.dataset.sync!, { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(PROBE_MS) });
    if (asked.redirected || asked.status === 401 || asked.status === 403) return "signed-out";
    if (!asked.ok) return "nowhere";
    const who = (await asked.json()) as { account: number; token: string; now: number };
    localStorage.setItem(CLOCK, String(who.now - Date.now()));
    token = who.token;
    return String(who.account) === account ? "open" : "signed-out";
  } catch {
    return "nowhere";
  }
}

let sending = false;

/** Send what waits, oldest first; stop at the first that does not get through. Returns where the last one led. */
async function send(): Promise<string> {
  if (!bar || sending || !account) return "";
  sending = true;
  let led = "";
  let sent = 0;
  try {
    let items = (await mine()).filter((item) => item.state === "waits");
    if (!items.length) return "";
    const reached = await reach();
    if (reached === "signed-out") say(words("signIn"), "att");
    if (reached !== "open") return "";
    for (let item = items[0]; item; item = items[0]) {
      const at = item.at;
      const blocked = (await mine()).some((other) => other.state !== "waits" && subject(other) === subject(item) && other.at < at);
      if (blocked) {
        items = items.slice(1);
        continue;
      }
      const body = new FormData();
      for (const [name, value] of item.fields) body.append(name, value);
      body.set("sync_key", item.key);
      body.set("sync_path", item.path);
      body.set("sync_at", item.said ?? item.at);
      const response = await fetch(bar.dataset.sync!, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" } });
      if (response.redirected || !response.ok) break;
      const answer = (await response.json()) as Answer;
      if (answer.outcome === "done") {
        await remove(item.key);
        sent += 1;
        led = answer.where ?? "";
        await followed(item, answer);
      } else {
        await put({ ...item, state: answer.outcome, why: answer.words, where: answer.where, version: answer.version });
      }
      items = (await mine()).filter((one) => one.state === "waits" && one.at > at);
    }
  } catch {
    /* no network: everything is still here */
  } finally {
    sending = false;
    await show();
  }
  if (sent) say(words("sent", { n: sent }));
  return led;
}

/** What this phone itself did to a case is no conflict for what it did next: later things follow the new version. */
async function followed(done: Item, answer: Answer): Promise<void> {
  if (answer.version === undefined) return;
  const before = done.fields.find(([name]) => name === "version")?.[1];
  for (const form of document.querySelectorAll<HTMLFormElement>("form[method=post]")) {
    const version = form.querySelector<HTMLInputElement>("input[name=version]");
    const path = new URL(form.getAttribute("action") || location.pathname, location.href).pathname;
    if (version && version.value === before && path.split("/do/")[0] === subject(done)) version.value = String(answer.version);
  }
  for (const item of await mine()) {
    const version = item.fields.find(([name]) => name === "version");
    if (item.state === "waits" && subject(item) === subject(done) && version && version[1] === before) {
      version[1] = String(answer.version);
      await put(item);
    }
  }
}

/** A form goes the ordinary way while the server is there and nothing older about the same thing still waits here. */
async function clear(path: string): Promise<boolean> {
  if (!navigator.onLine || (await reach()) !== "open") return false;
  await send();
  return !(await mine()).some((item) => item.state === "waits" && subject(item) === path.split("/do/")[0]);
}

/** On a case's own page nothing is opened anew: what may be said again is empty again, what is done once rests until it is sent. */
async function stay(form: HTMLFormElement, button: HTMLElement | null, path: string): Promise<void> {
  delete form.dataset.onItsWay;
  button?.removeAttribute("aria-busy");
  if (/\/do\/(note|spend)\/$/.test(path)) form.reset();
  else button?.setAttribute("disabled", "");
  say(words("kept"));
  await show();
}

/** After a form has been kept here: the page it was on, if that can be opened without a network. */
async function nextPage(path: string): Promise<string> {
  const here = path.includes("/do/") ? `${path.split("/do/")[0]}/` : location.pathname;
  if (!/\/(cases|visits)\//.test(path)) return bar!.dataset.today!;
  const kept = "caches" in window && (await caches.match(here, { cacheName: PAGES, ignoreVary: true }));
  return kept || path.includes("/visits/") ? here : bar!.dataset.today!;
}

/** Fetch today's list, its cases with their photos and the pages to write on, and keep them as they are. */
async function carry(force = false): Promise<void> {
  if (!bar || !carries() || !navigator.onLine || !("caches" in window)) return;
  const [, at] = localStorage.getItem(CARRY)?.split(" ") ?? [];
  if (!force && at && Date.now() - Number(at) < FRESH_MS) return;
  await reach();
  const wanted = new Set<string>([bar.dataset.today!, ...(bar.dataset.pages ?? "").split(" ")]);
  const kept = new Set<string>();
  const cache = await caches.open(PAGES);
  try {
    for (const path of wanted) {
      if (kept.size >= MOST_PAGES) break;
      const page = await fetch(path === bar.dataset.today ? `${path}?all=1` : path, { cache: "no-store" });
      if (page.redirected || !page.ok) continue;
      const text = await page.text();
      await cache.put(path, dated(new Response(text, { headers: { "Content-Type": "text/html; charset=utf-8" } })));
      kept.add(path);
      const read = new DOMParser().parseFromString(text, "text/html");
      if (path === bar.dataset.today) {
        for (const link of read.querySelectorAll<HTMLAnchorElement>("#list a.it")) wanted.add(new URL(link.getAttribute("href")!, location.href).pathname);
      }
      for (const image of read.querySelectorAll<HTMLImageElement>("img[src^='/photos/']")) {
        const source = image.getAttribute("src")!;
        if (kept.has(source)) continue;
        const photo = await fetch(source);
        if (photo.ok) await cache.put(source, dated(new Response(await photo.blob(), { headers: { "Content-Type": photo.headers.get("Content-Type") ?? "" } })));
        kept.add(source);
      }
    }
    for (const { name } of performance.getEntriesByType("resource")) {
      const url = new URL(name);
      if (url.origin !== location.origin || !url.pathname.startsWith("/static/") || kept.has(url.pathname)) continue;
      const part = await fetch(name);
      if (part.ok) await cache.put(name, part);
      kept.add(url.pathname);
    }
    for (const old of await cache.keys()) if (!kept.has(new URL(old.url).pathname)) await cache.delete(old);
    localStorage.setItem(CARRY, `${account} ${Date.now()} ${[...kept].filter((path) => path.startsWith("/workbench/")).length}`);
  } catch {
    /* the network went in the middle: what is kept already stays */
  }
  await show();
}

function dated(response: Response): Response {
  response.headers.set("X-Kept-At", String(Date.now()));
  return response;
}

async function forget(): Promise<void> {
  localStorage.removeItem(CARRY);
  if ("caches" in window) await caches.delete(PAGES);
  await new Promise<void>((resolve) => {
    const asked = indexedDB.deleteDatabase(DATABASE);
    asked.onsuccess = asked.onerror = asked.onblocked = () => resolve();
  });
}

async function leave(form: HTMLFormElement): Promise<void> {
  await forget();
  form.submit();
}

export function workOffline(): void {
  if (!bar || !("indexedDB" in window)) return;

  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = (event as SubmitEvent).submitter;
    if (event.defaultPrevented || form.method !== "post") return;
    const path = new URL(button?.getAttribute("formaction") || form.getAttribute("action") || location.pathname, location.href).pathname;
    if (path === "/sign-out/") {
      event.preventDefault();
      void mine().then((items) => {
        if (!items.length) return leave(form);
        const dialog = document.querySelector<HTMLDialogElement>("#leave-unsent");
        const text = dialog?.querySelector<HTMLElement>("[data-leave-words]");
        if (text) text.textContent = words("leaving", { n: items.length });
        dialog?.showModal();
        dialog?.querySelector("[data-leave]")?.addEventListener("click", () => void leave(form), { once: true });
      });
      return;
    }
    if (!QUEUED.test(path) || !carries() || button?.getAttribute("name") === "look_up") return;
    if (!form.noValidate && !form.checkValidity()) return;
    if (form.dataset.throughTheNetwork) {
      delete form.dataset.throughTheNetwork;
      return;
    }
    event.preventDefault();
    if (form.dataset.onItsWay) return;
    form.dataset.onItsWay = "1";
    void (async () => {
      if (await clear(path)) {
        delete form.dataset.onItsWay;
        form.dataset.throughTheNetwork = "1";
        return form.requestSubmit(button);
      }
      if (!(await keep(form, button, path))) return delete form.dataset.onItsWay;
      form.closest<HTMLDialogElement>("dialog")?.close();
      if (location.pathname === `${path.split("/do/")[0]}/`) return stay(form, button, path);
      sessionStorage.setItem("linli-said", words("kept"));
      return location.assign(await nextPage(path));
    })();
  });

  on("click", "[data-carry-on]", () => {
    localStorage.setItem(CARRY, account);
    void show().then(() => carry(true));
  });
  on("click", "[data-carry-off]", () => {
    localStorage.removeItem(CARRY);
    void caches.delete(PAGES).then(show);
  });
  on("click", "[data-row-drop]", (button) => {
    const key = button.closest<HTMLElement>("[data-key]")?.dataset.key;
    if (key) void remove(key).then(show);
  });
  on("click", "[data-row-again]", (button) => {
    const key = button.closest<HTMLElement>("[data-key]")?.dataset.key;
    void mine().then(async (items) => {
      const item = items.find((one) => one.key === key);
      if (!item) return;
      const version = item.fields.find(([name]) => name === "version");
      if (version && item.version !== undefined) version[1] = String(item.version);
      await put({ ...item, state: "waits", why: undefined });
      await send();
    });
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!navigator.onLine && carries()) event.preventDefault();
  });
  addEventListener("online", () => void send().then(() => carry()));
  addEventListener("offline", () => void show());
  setInterval(() => navigator.onLine && void send(), AGAIN_MS);
  const said = sessionStorage.getItem("linli-said");
  if (said) {
    sessionStorage.removeItem("linli-said");
    say(said);
  }
  void show().then(send).then(() => carry());
}
