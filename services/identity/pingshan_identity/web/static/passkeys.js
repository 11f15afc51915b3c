// Passkeys (WebAuthn Level 3): asks our server for options, the browser for an answer, and sends it with the page's form.
import { showSignedOut } from "/static/ui/pingshan.js";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const described = (credentials = []) => credentials.map((each) => ({ ...each, id: bytes(each.id) }));

// Written out because parseCreationOptionsFromJSON and toJSON are missing in browsers of 2024.
function readable(options, creating) {
  const common = { ...options, challenge: bytes(options.challenge) };
  if (!creating) return { ...common, allowCredentials: described(options.allowCredentials) };
  return { ...common, user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: described(options.excludeCredentials) };
}

function answerOf(credential) {
  const given = credential.response;
  const response = { clientDataJSON: text(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = text(given.attestationObject);
    response.transports = given.getTransports?.() ?? [];
  } else {
    response.authenticatorData = text(given.authenticatorData);
    response.signature = text(given.signature);
    if (given.userHandle) response.userHandle = text(given.userHandle);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

class Refused extends Error {}

async function optionsOf(form) {
  const headers = { "X-CSRF-Token": form.elements.csrf_token.value, Accept: "application/json" };
  const answer = await fetch(form.dataset.options, { method: "POST", headers });
  const content = await answer.json();
  if (content.code === "PLATFORM_UNAUTHENTICATED") showSignedOut();
  if (!answer.ok) throw new Refused(content.detail);
  return content;
}

let waiting = new AbortController();

async function ask(form, more = {}) {
  const { attempt, publicKey } = await optionsOf(form);
  const creating = "create" in form.dataset;
  waiting.abort();
  waiting = new AbortController();
  const request = { publicKey: readable(publicKey, creating), signal: waiting.signal, ...more };
  const credential = await (creating ? navigator.credentials.create(request) : navigator.credentials.get(request));
  form.elements.attempt.value = attempt;
  form.elements.credential.value = JSON.stringify(answerOf(credential));
  form.submit();
}

async function asked(form) {
  const status = form.querySelector(".passkey-status");
  const button = form.querySelector("button");
  status.textContent = form.dataset.wait;
  button.disabled = true;
  try {
    await ask(form);
  } catch (error) {
    status.textContent = error instanceof Refused ? error.message : form.dataset.failed;
    button.disabled = false;
  }
}

// The list of passkeys below the name field, where the browser offers it.
async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  try {
    await ask(form, { mediation: "conditional" });
  } catch {
    // Nobody chose one, or the button took over.
  }
}

const supported = "PublicKeyCredential" in window;
const ready = new WeakSet();
function prepare() {
  document.querySelectorAll(".passkey-unsupported").forEach((note) => (note.hidden = supported));
  for (const form of supported ? document.querySelectorAll("form.passkey") : []) {
    if (ready.has(form)) continue;
    ready.add(form);
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      asked(form);
    });
    if ("autofill" in form.dataset) offer(form);
  }
}
prepare();
document.addEventListener("shown-in-other-language", prepare);
