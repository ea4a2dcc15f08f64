/** Passkeys: the browser's own ceremony between what the server asks and the form that answers. Words come from the page. */
interface Options {
  creation_options?: { publicKey: PublicKeyCredentialCreationOptionsJSON };
  request_options?: { publicKey: PublicKeyCredentialRequestOptionsJSON };
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer | null): string | null {
  if (!buffer) return null;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function named(list: PublicKeyCredentialDescriptorJSON[] | undefined): PublicKeyCredentialDescriptor[] {
  return (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }) as PublicKeyCredentialDescriptor);
}

async function create(asked: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: named(asked.excludeCredentials),
  } as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    ...common(made),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

async function get(asked: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge),
    allowCredentials: named(asked.allowCredentials),
  } as PublicKeyCredentialRequestOptions;
  const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = shown.response as AuthenticatorAssertionResponse;
  return {
    ...common(shown),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: text(response.userHandle),
    },
  };
}

function common(credential: PublicKeyCredential): object {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function asked(form: HTMLFormElement): Promise<Options> {
  const ready = form.querySelector("#passkey-options")?.textContent;
  if (ready) return JSON.parse(ready) as Options;
  const answer = await fetch(form.dataset.ask ?? form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`passkey options: ${answer.status}`);
  return (await answer.json()) as Options;
}

async function run(form: HTMLFormElement): Promise<void> {
  const options = await asked(form);
  const credential = form.querySelector<HTMLInputElement>("[name=credential]");
  if (!credential) return;
  const result = options.creation_options
    ? await create(options.creation_options.publicKey)
    : options.request_options && (await get(options.request_options.publicKey));
  credential.value = JSON.stringify(result);
  form.submit();
}

const able = "PublicKeyCredential" in window && window.isSecureContext;
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  const button = form.querySelector<HTMLButtonElement>("button[type=button]");
  const failed = form.querySelector<HTMLElement>("[data-passkey-failed]");
  form.hidden = !able;
  form.addEventListener("submit", (event) => event.preventDefault());
  button?.addEventListener("click", () => {
    if (failed) failed.hidden = true;
    button.disabled = true;
    run(form)
      .catch(() => failed && (failed.hidden = false))
      .finally(() => (button.disabled = false));
  });
}
const missing = document.querySelector<HTMLElement>("[data-passkey-missing]");
if (missing) missing.hidden = able;
