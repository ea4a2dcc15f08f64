/** Pages opened before stay readable without a network; a page never seen shows whom to call. Only reads are kept. */
const scope = self as unknown as ServiceWorkerGlobalScopeLike;
const version = new URL(scope.location.href).searchParams.get("v") ?? "0";
const SHELL = `linli-shell-${version}`;
const PAGES = "linli-pages";
const OFFLINE = "/offline/";
/** The same page for whoever has just pressed something: it was not sent. */
const UNSENT = "/offline/?unsent=1";
const OWN = "/portal/";
const WORK = "linli-work";
const WORK_PAGES = "/workbench/";
/** Where somebody whose session has ended is sent: from here on the phone keeps nothing of the workbench. */
const SIGN_IN = new Set(["/sign-in/", "/sign-in/staff/"]);
/** As long as a session of staff may last: what a phone kept longer ago it no longer shows. */
const WORK_MS = 16 * 3600_000;
const KEPT_PAGES = 40;
const AGAIN_MS = [1000, 3000];

interface ExtendableLike extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchLike extends ExtendableLike {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface PushLike extends ExtendableLike {
  data: { json(): { title: string; body: string; link: string; tag: string } } | null;
}
interface PressLike extends ExtendableLike {
  notification: { data: { link: string }; close(): void };
}
interface WindowLike {
  url: string;
  focus(): Promise<unknown>;
}
interface ServiceWorkerGlobalScopeLike {
  location: Location;
  skipWaiting(): Promise<void>;
  clients: {
    claim(): Promise<void>;
    matchAll(which: { type: "window" }): Promise<WindowLike[]>;
    openWindow(url: string): Promise<unknown>;
  };
  registration: {
    showNotification(title: string, how: object): Promise<void>;
    pushManager?: { getSubscription(): Promise<{ unsubscribe(): Promise<boolean> } | null> };
  };
  addEventListener(kind: string, react: (event: never) => void): void;
}

scope.addEventListener("install", (event: ExtendableLike) => {
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll([OFFLINE, UNSENT])).then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event: ExtendableLike) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith("linli-shell-") && name !== SHELL))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

/** Whoever signs out is not called here any more, though the session in which that was set up ran out long ago. */
scope.addEventListener("message", (event: MessageEvent) => {
  if (event.data === "forget") void Promise.all([caches.delete(PAGES), caches.delete(WORK), silence()]);
});

async function silence(): Promise<void> {
  await (await scope.registration.pushManager?.getSubscription())?.unsubscribe();
}

scope.addEventListener("fetch", (event: FetchLike) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== scope.location.origin) return;
  if (request.method === "POST" && request.mode === "navigate" && !(request as Request & { isHistoryNavigation?: boolean }).isHistoryNavigation) event.respondWith(sent(request));
  if (request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(freshOrKept(request, SHELL));
  else if (request.mode === "navigate" && url.pathname.startsWith(OWN)) event.respondWith(freshOrKept(request, PAGES));
  else if (request.mode === "navigate" && SIGN_IN.has(url.pathname)) {
    event.waitUntil(caches.delete(WORK));
    event.respondWith(fetch(request).catch(() => offline()));
  } else if (request.mode === "navigate" && url.pathname.startsWith(WORK_PAGES)) event.respondWith(workPage(request));
  else if (url.pathname.startsWith("/photos/")) event.respondWith(fetch(request).catch(() => carried(request, Response.error())));
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => offline()));
});

/** A call about a danger stays on the screen until it is pressed or put away; the same one again rings again in its place. */
scope.addEventListener("push", (event: PushLike) => {
  const told = event.data?.json();
  if (!told) return;
  const how = { body: told.body, tag: told.tag, renotify: true, requireInteraction: true, icon: "/static/linli/icon-192.png", vibrate: [400, 200, 400, 200, 400], data: { link: told.link } };
  event.waitUntil(scope.registration.showNotification(told.title, how));
});

scope.addEventListener("notificationclick", (event: PressLike) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.link));
});

async function open(link: string): Promise<void> {
  const url = new URL(link, scope.location.origin);
  if (url.origin !== scope.location.origin) return;
  const there = (await scope.clients.matchAll({ type: "window" })).find((one) => one.url === url.href);
  await (there ? there.focus() : scope.clients.openWindow(url.href));
}

/** A network that has just come back often drops what it is given first. A form with a key of its own is the same thing when
 * it comes twice, so it is tried again; any other may have arrived. */
async function sent(request: Request): Promise<Response> {
  const spare = request.clone();
  try {
    return await fetch(request);
  } catch {
    if (!(await spare.clone().formData()).has("client_key")) return offline(UNSENT);
    for (const pause of AGAIN_MS) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      try {
        return await fetch(spare.clone());
      } catch {
        continue;
      }
    }
    return offline(UNSENT);
  }
}

async function freshOrKept(request: Request, name: string): Promise<Response> {
  const kept = await caches.open(name);
  try {
    const fresh = await fetch(request);
    if (fresh.ok && !fresh.redirected) await keep(kept, request, fresh.clone());
    return fresh;
  } catch {
    return (await kept.match(request)) ?? (name === SHELL ? await caches.match(request, { ignoreVary: true }) : undefined) ?? (request.mode === "navigate" ? offline() : Response.error());
  }
}

/** Pages of the workbench are kept by the page itself, for whoever asked for it. */
async function workPage(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return carried(request, await offline());
  }
}

async function carried(request: Request, otherwise: Response): Promise<Response> {
  if (!(await caches.has(WORK))) return otherwise;
  const kept = await (await caches.open(WORK)).match(request, { ignoreSearch: true, ignoreVary: true });
  const young = kept && Date.now() - Number(kept.headers.get("X-Kept-At")) < WORK_MS;
  return young ? kept : otherwise;
}

async function keep(cache: Cache, request: Request, response: Response): Promise<void> {
  await cache.put(request, response);
  const all = await cache.keys();
  await Promise.all(all.slice(0, Math.max(0, all.length - KEPT_PAGES)).map((old) => cache.delete(old)));
}

async function offline(page = OFFLINE): Promise<Response> {
  return (await caches.match(page)) ?? (await caches.match(OFFLINE)) ?? Response.error();
}
