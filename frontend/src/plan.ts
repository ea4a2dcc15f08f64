/** A tap on the plan of the estate sets the pin; the lists above it do the same from a keyboard. */
export function pinOnPlan(form: HTMLElement): void {
  const plan = form.querySelector<SVGSVGElement>("[data-plan]");
  const pin = plan?.querySelector<SVGCircleElement>("[data-pin]");
  const x = form.querySelector<HTMLInputElement>("input[name=x]");
  const y = form.querySelector<HTMLInputElement>("input[name=y]");
  const said = form.querySelector<HTMLElement>("[data-pin-words]");
  if (!plan || !pin || !x || !y) return;

  const show = () => {
    if (!x.value || !y.value) return;
    pin.setAttribute("cx", x.value);
    pin.setAttribute("cy", String(-Number(y.value)));
    pin.setAttribute("visibility", "visible");
    if (said) said.textContent = said.dataset.chosen ?? "";
  };
  plan.addEventListener("click", (event) => {
    const frame = plan.getScreenCTM()?.inverse();
    if (!frame) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(frame);
    x.value = at.x.toFixed(1);
    y.value = (-at.y).toFixed(1);
    const radio = form.querySelector<HTMLInputElement>("input[name=place][value=pin]");
    if (radio) radio.checked = true;
    show();
    form.dispatchEvent(new Event("change", { bubbles: true }));
  });
  show();
}
