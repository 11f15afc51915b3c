// Keys, copying and partial updates. Every page works without this file.
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

function walk(step) {
  const links = [...document.querySelectorAll("[data-keys] tbody tr")].map((row) => row.querySelector("a, button")).filter(Boolean);
  if (!links.length) return;
  const row = document.activeElement?.closest("[data-keys] tbody tr");
  const now = row ? links.findIndex((link) => row.contains(link)) : -1;
  links[Math.min(links.length - 1, Math.max(0, now + step))].focus();
}

function act(key) {
  const row = document.activeElement?.closest("tr");
  const target = row?.querySelector(`[data-key="${key}"]`) ?? document.querySelector(`:not(tr) > [data-key="${key}"], form > [data-key="${key}"]`);
  if (!target) return false;
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target) || event.key.length !== 1) return;
  if (event.key === "j") walk(1);
  else if (event.key === "k") walk(-1);
  else if (!/^[a-z/]$/.test(event.key) || !act(event.key)) return;
  event.preventDefault();
});

export function toast(text) {
  const note = document.createElement("div");
  note.className = "toast";
  note.setAttribute("role", "status");
  note.textContent = text;
  document.body.append(note);
  setTimeout(() => note.remove(), 2500);
}

for (const source of document.querySelectorAll("[data-copy]")) {
  const button = source.parentElement.querySelector(".copy");
  if (!button || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.dataset.copy);
    toast("✓ " + source.dataset.copy);
  });
}

// A script cannot sign anybody in (it gets 401): the page says so once, and leads to itself, which asks to sign in.
export function showSignedOut() {
  const notice = document.getElementById("signed-out")?.content.firstElementChild;
  const main = document.getElementById("content");
  if (!notice || main.querySelector("[data-again]")) return;
  const shown = document.importNode(notice, true);
  shown.querySelector("[data-again]").href = location.pathname + location.search;
  main.prepend(shown);
}

// Asks whether somebody is still signed in, and says so where nobody is. A server that is away says nothing about it.
export async function checkSignedIn() {
  const answer = await fetch("/signed-in", { headers: { Accept: "application/problem+json" } }).catch(() => null);
  if (answer?.status === 401) showSignedOut();
  return answer?.status !== 401;
}

document.getElementById("error-summary")?.focus();
