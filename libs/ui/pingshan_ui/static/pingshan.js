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

function offerCopies() {
  for (const source of document.querySelectorAll("[data-copy]")) {
    const button = source.parentElement.querySelector(".copy");
    if (!button?.hidden || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = source.dataset.copy || source.textContent;
      await navigator.clipboard.writeText(text);
      toast("✓ " + text.split("\n", 1)[0]);
    });
  }
}

// Who chooses the other language keeps what is typed. The answer to a form is here in both languages; every other page
// comes again, and what is typed waits for it in this tab, no longer, and without passwords.
const TYPED = "typed";
const FIELDS = "input:not([type=hidden], [type=file]), textarea, select";
const ticked = (field) => field.matches("[type=checkbox], [type=radio]");
const was = (field) => ticked(field) ? field.defaultChecked : field.matches("select") ? [...field.options].find((option) => option.defaultSelected)?.value ?? field.options[0]?.value : field.defaultValue;
const is = (field) => ticked(field) ? field.checked : field.value;

// Fields by a name that is the same in both languages: where the form leads, the field, and the how manieth of it.
function fields() {
  const named = new Map();
  for (const form of document.forms) {
    for (const field of form.elements) {
      if (!field.name || !field.matches(FIELDS)) continue;
      const name = `${(form.getAttribute("action") ?? "").split("?")[0]} ${field.name} `;
      let number = 1;
      while (named.has(name + number)) number += 1;
      named.set(name + number, field);
    }
  }
  return named;
}

function fill(typed) {
  const named = fields();
  for (const [name, value] of typed) {
    const field = named.get(name);
    if (!field || is(field) === value) continue;
    if (ticked(field)) field.checked = value;
    else field.value = value;
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }
}

let spare = null;

function pageOf(other) {
  const page = new DOMParser().parseFromString(JSON.parse(other.textContent), "text/html");
  return { body: document.adoptNode(page.body), title: page.title, lang: page.documentElement.lang };
}

function showOtherLanguage(other) {
  const typed = [...fields()].map(([name, field]) => [name, is(field)]);
  const shown = { body: document.body, title: document.title, lang: document.documentElement.lang };
  const { body, title, lang } = spare ?? pageOf(other);
  spare = shown;
  document.body = body;
  document.title = title;
  document.documentElement.lang = lang;
  document.cookie = `pingshan_language=${lang}; Path=/; Max-Age=31536000; SameSite=Lax`;
  fill(typed);
  offerCopies();
  document.querySelector("[data-language]").focus();
  document.dispatchEvent(new Event("shown-in-other-language"));  // for the scripts of the page
}

document.addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-language]");
  if (!chosen || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const other = document.getElementById("other-language");
  if (other || spare) {
    event.preventDefault();
    return showOtherLanguage(other);
  }
  const typed = [...fields()].filter(([, field]) => field.type !== "password" && is(field) !== was(field)).map(([name, field]) => [name, is(field)]);
  if (typed.length) sessionStorage.setItem(TYPED, JSON.stringify(typed));
});

fill(JSON.parse(sessionStorage.getItem(TYPED) ?? "[]"));
sessionStorage.removeItem(TYPED);
offerCopies();

// A script cannot sign anybody in (it gets 401): the page says so once, and leads to itself, which asks to sign in.
export function showSignedOut() {
  showEnd("signed-out");
}

// Shows the template of that id once: why the page gets no more news, with a link to itself.
export function showEnd(id) {
  const notice = document.getElementById(id)?.content.firstElementChild;
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

// A part of the page that says of itself that it changes: taken from the page anew every two seconds. Where it does not
// say so any more, the whole page is loaded, as more of it has changed then.
async function refresh() {
  const part = document.querySelector("[data-refresh]");
  if (!part) return clearInterval(refreshing);
  const answer = document.hidden ? null : await fetch(location.href).catch(() => null);
  if (answer?.status === 401) return showSignedOut();
  if (!answer?.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
  if (next?.hasAttribute("data-refresh")) part.replaceWith(next);
  else location.reload();
}
const refreshing = document.querySelector("[data-refresh]") ? setInterval(refresh, 2000) : null;

document.getElementById("error-summary")?.focus();
