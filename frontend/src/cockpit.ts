/** Keep the cockpit true without reloading: ask every two seconds, change only what changed, and say when it cannot. */
import { type Alarm, alarmOf } from "./alarm";

const POLL_MS = 2000;
const STALE_AFTER_MS = 8000;

interface State {
  title: string;
  alarm: Alarm;
  panels: Record<string, string>;
}

const root = document.querySelector<HTMLElement>("[data-cockpit]");
if (root) keepTrue(root);

function keepTrue(cockpit: HTMLElement): void {
  const address = cockpit.dataset.state ?? "";
  const shown = new Map<string, string>();
  let etag = cockpit.dataset.etag ?? "";
  let heard = Date.now();
  let alarm: Alarm = JSON.parse(cockpit.dataset.alarmNow ?? "{}") as Alarm;
  const ring = alarmOf(cockpit);

  const ask = async (): Promise<void> => {
    try {
      const answer = await fetch(address, {
        headers: etag ? { "If-None-Match": etag } : {},
        cache: "no-store",
        signal: AbortSignal.timeout(POLL_MS * 3),
      });
      if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
      if (answer.redirected) return location.reload();
      heard = Date.now();
      if (answer.status === 200) {
        const state = (await answer.json()) as State;
        alarm = state.alarm;
        show(state);
        etag = answer.headers.get("ETag") ?? "";
      }
    } catch {
      /* said by the mark of staleness */
    }
    mark();
    ring(alarm);
    setTimeout(() => void ask(), POLL_MS);
  };

  const show = (state: State): void => {
    for (const panel of cockpit.querySelectorAll<HTMLElement>("[data-panel]")) {
      const html = state.panels[panel.dataset.panel ?? ""];
      if (html === undefined || shown.get(panel.dataset.panel ?? "") === html) continue;
      shown.set(panel.dataset.panel ?? "", html);
      replace(panel, html);
    }
  };

  const mark = (): void => {
    const age = Date.now() - heard;
    const stale = cockpit.querySelector<HTMLElement>("[data-stale]");
    const words = stale?.querySelector<HTMLElement>("[data-stale-words]");
    cockpit.classList.toggle("is-stale", age > STALE_AFTER_MS);
    if (!stale || !words) return;
    stale.hidden = age <= STALE_AFTER_MS;
    words.textContent = (words.dataset.staleWords ?? "").replace("%s", String(Math.round(age / 1000)));
  };

  ring(alarm);
  setTimeout(() => void ask(), POLL_MS);
}

/** New content without losing the keyboard's place: the same link stays focused. */
function replace(panel: HTMLElement, html: string): void {
  const focused = panel.contains(document.activeElement) ? document.activeElement : null;
  const place = focused?.getAttribute("href");
  panel.innerHTML = html;
  if (place) panel.querySelector<HTMLElement>(`a[href="${CSS.escape(place)}"]`)?.focus({ preventScroll: true });
}
