/** Reading aloud and listening exist only where the browser has them; nothing depends on either. */
interface Recognition extends EventTarget {
  lang: string;
  interimResults: boolean;
  continuous: boolean;
  start(): void;
  stop(): void;
  onresult: ((event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void) | null;
  onend: (() => void) | null;
  onerror: (() => void) | null;
}

export function readAloud(button: HTMLButtonElement | null): void {
  if (!button || !("speechSynthesis" in window)) return;
  button.hidden = false;
  const label = button.querySelector("span");
  const idle = label?.textContent ?? "";
  const rest = () => label && (label.textContent = idle);
  button.addEventListener("click", () => {
    if (speechSynthesis.speaking) {
      speechSynthesis.cancel();
      rest();
      return;
    }
    const main = document.querySelector<HTMLElement>("#main");
    if (!main) return;
    const copy = main.cloneNode(true) as HTMLElement;
    for (const silent of copy.querySelectorAll("[hidden], [data-read-aloud], script, option, .sr")) silent.remove();
    const lines = (copy.textContent ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
    const said = new SpeechSynthesisUtterance(lines.join("。"));
    said.lang = document.documentElement.lang;
    said.rate = 0.85;
    said.onend = rest;
    if (label) label.textContent = button.dataset.stop ?? idle;
    speechSynthesis.speak(said);
  });
  addEventListener("pagehide", () => speechSynthesis.cancel());
}

export function listen(button: HTMLButtonElement | null, words: HTMLTextAreaElement): void {
  const engines = window as unknown as Record<string, (new () => Recognition) | undefined>;
  const Engine = engines.SpeechRecognition ?? engines.webkitSpeechRecognition;
  if (!button || !Engine) return;
  button.hidden = false;
  const label = button.querySelector("span");
  const idle = label?.textContent ?? "";
  const engine = new Engine();
  engine.lang = button.dataset.lang ?? "zh-CN";
  engine.interimResults = true;
  engine.continuous = true;
  let before = "";
  let heard = false;
  const said = button.nextElementSibling;
  const unheard = said instanceof HTMLElement && said.matches("[data-unheard]") ? said : null;
  const rest = () => {
    button.setAttribute("aria-pressed", "false");
    if (label) label.textContent = idle;
    if (unheard) unheard.textContent = heard ? "" : (unheard.dataset.unheard ?? "");
  };
  engine.onresult = ({ results }) => {
    heard = true;
    words.value = before + Array.from(results).map((result) => result[0]?.transcript ?? "").join("");
    words.dispatchEvent(new Event("input", { bubbles: true }));
  };
  engine.onend = rest;
  engine.onerror = rest;
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") return engine.stop();
    before = words.value;
    heard = false;
    if (unheard) unheard.textContent = "";
    button.setAttribute("aria-pressed", "true");
    if (label) label.textContent = button.dataset.listening ?? idle;
    try {
      engine.start();
    } catch {
      rest();
    }
  });
}
