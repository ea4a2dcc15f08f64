/** Listen once on the document for whatever matches now or later. */
export function on(
  kind: string,
  selector: string,
  react: (element: HTMLElement, event: Event) => void,
): void {
  document.addEventListener(kind, (event) => {
    const found = event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null;
    if (found) react(found, event);
  });
}

export function closest<E extends HTMLElement = HTMLElement>(element: Element, selector: string): E | null {
  return element.closest<E>(selector);
}
