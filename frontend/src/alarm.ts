/** Danger is heard: a tone and a sentence when a new one comes, again each minute while nobody goes. Only after a press,
 * since browsers allow no sound before one; the same words stand on the screen whether or not there is sound. */
export interface Alarm {
  /** One name for each danger: a name that was not there before rings. */
  all: string[];
  /** Those of them for which nobody is on the way. */
  waiting: string[];
  words: string;
}

const AGAIN_MS = 60_000;

export function alarmOf(cockpit: HTMLElement): (alarm: Alarm) => void {
  const button = cockpit.querySelector<HTMLButtonElement>("[data-alarm]");
  const strip = cockpit.querySelector<HTMLElement>("[data-alarm-words]");
  const known = new Set<string>();
  let audio: AudioContext | null = null;
  let rang = 0;
  let now: Alarm = { all: [], waiting: [], words: "" };

  const loud = (): boolean => button?.getAttribute("aria-pressed") === "true";

  const say = (words: string): void => {
    if (!loud()) return;
    tone();
    cockpit.dataset.said = words;
    if (!("speechSynthesis" in window)) return;
    speechSynthesis.cancel();
    const said = new SpeechSynthesisUtterance(words);
    said.lang = document.documentElement.lang;
    said.rate = 0.9;
    speechSynthesis.speak(said);
  };

  const tone = (): void => {
    if (!audio) return;
    const at = audio.currentTime;
    for (const [after, hertz] of [[0, 880], [0.25, 660], [0.5, 880]] as const) {
      const wave = audio.createOscillator();
      const loudness = audio.createGain();
      wave.frequency.value = hertz;
      loudness.gain.setValueAtTime(0.3, at + after);
      loudness.gain.exponentialRampToValueAtTime(0.001, at + after + 0.22);
      wave.connect(loudness).connect(audio.destination);
      wave.start(at + after);
      wave.stop(at + after + 0.25);
    }
  };

  const ring = (): void => {
    rang = Date.now();
    say(now.words);
  };

  button?.addEventListener("click", () => {
    const on = !loud();
    button.setAttribute("aria-pressed", String(on));
    const label = button.querySelector("span");
    if (label) label.textContent = (on ? button.dataset.on : button.dataset.off) ?? "";
    if (!on) {
      if ("speechSynthesis" in window) speechSynthesis.cancel();
      return;
    }
    audio ??= new AudioContext();
    void audio.resume();
    if (now.waiting.length) ring();
    else say(button.dataset.try ?? "");
  });
  addEventListener("pagehide", () => "speechSynthesis" in window && speechSynthesis.cancel());

  return (alarm) => {
    now = alarm;
    const fresh = alarm.all.some((name) => !known.has(name));
    for (const name of alarm.all) known.add(name);
    if (strip) {
      strip.hidden = alarm.waiting.length === 0;
      const words = strip.querySelector("span");
      if (words && words.textContent !== alarm.words) words.textContent = alarm.words;
    }
    if (fresh || (alarm.waiting.length && Date.now() - rang > AGAIN_MS)) ring();
  };
}
