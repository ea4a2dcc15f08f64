/** A voice message is recorded where the browser can; elsewhere, or where it may not, the phone's own recorder is asked. */
const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const ENDINGS: Record<string, string> = { "audio/webm": "webm", "audio/mp4": "m4a", "audio/ogg": "ogg" };

export function recordVoice(form: HTMLFormElement): void {
  const box = form.querySelector<HTMLElement>("[data-recorder]");
  const input = box?.querySelector<HTMLInputElement>("input[type=file]");
  const button = box?.querySelector<HTMLButtonElement>("[data-record]");
  const played = box?.querySelector<HTMLElement>("[data-played]");
  const audio = played?.querySelector<HTMLAudioElement>("audio");
  const again = played?.querySelector<HTMLButtonElement>("button");
  const chooser = box?.querySelector<HTMLElement>("[data-chooser]");
  const lasted = box?.querySelector<HTMLInputElement>("input[name=voice_seconds]");
  const told = box?.querySelector<HTMLElement>("[role=status]");
  if (!box || !input || !button || !played || !audio || !again || !chooser || !lasted || !told) return;

  const longest = Number(box.dataset.longest ?? 120);
  const largest = Number(box.dataset.largest ?? 10 * 1024 * 1024);
  const label = button.querySelector("span");
  const idle = label?.textContent ?? "";
  let canRecord = "MediaRecorder" in window && !!navigator.mediaDevices?.getUserMedia;
  let recorder: MediaRecorder | null = null;
  let starting = false;
  let sendAfter: { submitter: HTMLElement | null } | null = null;

  const rest = () => {
    const has = !!input.files?.length;
    played.hidden = !has;
    button.hidden = has || !canRecord;
    chooser.hidden = has || canRecord;
    button.setAttribute("aria-pressed", "false");
    if (label) label.textContent = idle;
  };

  const hold = (file: File | null, seconds: number | null) => {
    const held = new DataTransfer();
    if (file) held.items.add(file);
    input.files = held.files;
    lasted.value = seconds === null ? "" : seconds.toFixed(1);
    if (audio.src) URL.revokeObjectURL(audio.src);
    if (file) audio.src = URL.createObjectURL(file);
    else audio.removeAttribute("src");
    rest();
  };

  const start = async () => {
    if (starting) return;
    starting = true;
    told.textContent = "";
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      canRecord = false;
      told.textContent = box.dataset.refused ?? "";
      rest();
      return;
    } finally {
      starting = false;
    }
    const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
    const now = new MediaRecorder(stream, kind ? { mimeType: kind, audioBitsPerSecond: 32_000 } : {});
    const parts: Blob[] = [];
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    const tick = () => {
      const left = Math.max(0, Math.round(longest - seconds()));
      if (label) label.textContent = `${box.dataset.recording ?? ""} ${Math.floor(seconds() / 60)}:${String(Math.floor(seconds() % 60)).padStart(2, "0")}`;
      if (left === 0 && now.state === "recording") now.stop();
    };
    now.ondataavailable = (event) => event.data.size && parts.push(event.data);
    const clock = setInterval(tick, 500);
    now.onstop = () => {
      clearInterval(clock);
      for (const track of stream.getTracks()) track.stop();
      recorder = null;
      const type = (now.mimeType || kind || "audio/webm").split(";")[0] ?? "audio/webm";
      const blob = new Blob(parts, { type });
      if (blob.size) hold(new File([blob], `voice.${ENDINGS[type] ?? "webm"}`, { type }), Math.min(longest, seconds()));
      else rest();
      told.textContent = blob.size ? (box.dataset.recorded ?? "") : (box.dataset.nothing ?? "");
      const waiting = sendAfter;
      sendAfter = null;
      if (waiting) form.requestSubmit(waiting.submitter);
      else if (blob.size) audio.focus();
    };
    recorder = now;
    now.start(1000);
    button.setAttribute("aria-pressed", "true");
    tick();
  };

  button.addEventListener("click", () => (recorder ? recorder.stop() : void start()));
  again.addEventListener("click", () => {
    hold(null, null);
    told.textContent = box.dataset.removed ?? "";
    (canRecord ? button : input).focus();
  });
  input.addEventListener("change", () => {
    const file = input.files?.[0] ?? null;
    if (file && file.size > largest) {
      hold(null, null);
      told.textContent = box.dataset.tooBig ?? "";
    } else hold(file, null);
  });
  audio.addEventListener("loadedmetadata", () => {
    if (!lasted.value && Number.isFinite(audio.duration)) lasted.value = audio.duration.toFixed(1);
  });
  /** Whoever presses send while still talking means what was said until then. */
  form.addEventListener("submit", (event) => {
    if (!recorder) {
      if (!navigator.onLine && input.files?.length) told.textContent = box.dataset.held ?? "";
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    sendAfter = { submitter: (event as SubmitEvent).submitter };
    recorder.stop();
  });
  addEventListener("pagehide", () => recorder?.stop());
  rest();
}
