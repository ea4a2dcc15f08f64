/** A device's sticker: read by the phone's camera where the browser can, else from a photo; the server says which code it holds. */
import { closest } from "./dom";

type Detector = { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> };
declare const BarcodeDetector: undefined | { new (how: { formats: string[] }): Detector };

const LOOK_MS = 200;
const FORMATS = ["qr_code", "data_matrix", "code_128", "code_39"];

export function readStickers(box: HTMLElement): void {
  const start = box.querySelector<HTMLButtonElement>("[data-scan-start]");
  const stop = box.querySelector<HTMLButtonElement>("[data-scan-stop]");
  const video = box.querySelector("video");
  const words = box.querySelector<HTMLFormElement>("[data-scan-words]");
  const said = box.querySelector<HTMLElement>("[role=status]");
  document.addEventListener("htmx:afterSwap", (event) => {
    const { target } = (event as CustomEvent<{ target: HTMLElement }>).detail;
    if (target.id === "sticker") take(target);
  });
  if (!start || !stop || !video || !words || typeof BarcodeDetector === "undefined" || !navigator.mediaDevices) return;
  start.hidden = false;
  let stream: MediaStream | null = null;

  const end = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = stop.hidden = true;
    start.hidden = false;
  };
  const look = async (detector: Detector) => {
    if (!stream) return;
    const found = await detector.detect(video).catch(() => []);
    const input = words.querySelector<HTMLInputElement>("[name=words]");
    const read = found[0]?.rawValue;
    if (read && input && stream) {
      input.value = read;
      end();
      words.requestSubmit();
    } else setTimeout(() => void look(detector), LOOK_MS);
  };
  start.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = stop.hidden = false;
      start.hidden = true;
      await video.play();
      void look(new BarcodeDetector({ formats: FORMATS }));
    } catch {
      end();
      if (said) said.textContent = box.dataset.failed ?? "";
    }
  });
  stop.addEventListener("click", end);
  addEventListener("pagehide", end);
}

/** What was read goes into the form, where it can still be changed. */
function take(answer: Element): void {
  const read = answer.querySelector<HTMLElement>("[data-read-code]");
  const code = document.querySelector<HTMLInputElement>("#id_code");
  const kind = document.querySelector<HTMLSelectElement>("#id_type");
  if (!read || !code) return;
  code.value = read.dataset.readCode ?? "";
  if (kind && read.dataset.readType) {
    kind.value = read.dataset.readType;
    kind.dispatchEvent(new Event("change", { bubbles: true }));
  }
  closest(code, ".field")?.classList.remove("bad");
  code.focus();
}
