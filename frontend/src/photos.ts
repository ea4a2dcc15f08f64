/** Photos are shown before they are sent and made small on the phone: 1,600 px is enough to see a leak. */
const LONGEST_SIDE = 1600;

async function smaller(file: File): Promise<File> {
  if (!file.type.startsWith("image/") || file.size < 300_000) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

export function choosePhotos(form: HTMLFormElement): void {
  const box = form.querySelector<HTMLElement>("[data-photos]");
  const input = box?.querySelector<HTMLInputElement>("input[type=file]");
  if (!box || !input) return;
  const most = Number(form.dataset.photosAtMost ?? 4) - box.querySelectorAll("[data-kept]").length;
  let chosen: { small: File; original: File }[] = [];
  /** Made small, a photo loses the place where it was taken: whoever wants that read sends it as it is. */
  const wantsPlace = () => form.querySelector<HTMLInputElement>("input[name=place]:checked")?.value === "photo";

  const draw = () => {
    for (const old of box.querySelectorAll("[data-preview]")) old.remove();
    const held = new DataTransfer();
    chosen.forEach(({ small, original }, at) => {
      const file = wantsPlace() ? original : small;
      held.items.add(file);
      const figure = document.createElement("figure");
      figure.dataset.preview = "";
      const image = document.createElement("img");
      image.alt = file.name;
      image.src = URL.createObjectURL(file);
      image.onload = () => URL.revokeObjectURL(image.src);
      const remove = document.createElement("button");
      remove.type = "button";
      remove.ariaLabel = form.dataset.remove ?? "";
      remove.textContent = "×";
      remove.onclick = () => {
        chosen = chosen.filter((_, n) => n !== at);
        draw();
      };
      figure.append(image, remove);
      input.closest("label")?.before(figure);
    });
    input.files = held.files;
    const label = input.closest("label");
    if (label) label.hidden = chosen.length >= most;
  };

  input.addEventListener("change", async () => {
    const added = await Promise.all(Array.from(input.files ?? []).map(async (original) => ({ original, small: await smaller(original) })));
    chosen = [...chosen, ...added].slice(0, Math.max(0, most));
    draw();
  });
  for (const place of form.querySelectorAll("input[name=place]")) place.addEventListener("change", draw);
}
