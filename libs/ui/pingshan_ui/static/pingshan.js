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

document.body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf-token"]').content;
});

document.getElementById("error-summary")?.focus();
