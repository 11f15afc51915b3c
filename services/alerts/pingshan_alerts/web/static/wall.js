// The wall by itself: cards and points as they change, and an honest word when the connection is gone.
import { checkSignedIn, showEnd, showSignedOut } from "/static/ui/pingshan.js";

const wall = document.getElementById("wall");
const cards = document.getElementById("cards");
const points = document.getElementById("points");
const lost = document.getElementById("lost");
const clock = document.getElementById("wall-clock");
const SILENCE = 12_000;
const MOST = Number(wall.dataset.most);
let lackingSince;
let heardAt = Date.now();
let eventId = wall.dataset.since;
let source;
let checking = false;
let over = false;

const time = (date) => date.toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });

function fragment(html) {
  return document.importNode(new DOMParser().parseFromString(html, "text/html").body.firstElementChild, true);
}

function before(card) {
  const key = (each) => [Number(each.dataset.level), each.dataset.number];
  const [level, number] = key(card);
  return [...cards.children].find((each) => {
    const [otherLevel, otherNumber] = key(each);
    return otherLevel > level || (otherLevel === level && otherNumber < number);
  });
}

function showAlert(change) {
  const known = document.getElementById(`card-${change.id}`);
  const focused = known?.contains(document.activeElement);
  known?.remove();
  document.getElementById(`point-${change.id}`)?.remove();
  if (change.card) {
    const card = fragment(change.card);
    if (!known) {
      card.classList.add("new");
      setTimeout(() => card.classList.remove("new"), 10_000);
    }
    cards.insertBefore(card, before(card) ?? null);
    if (focused) card.querySelector("a").focus();
  }
  if (change.point) points.append(fragment(`<svg>${change.point}</svg>`).firstElementChild);
  while (cards.children.length > MOST) forget(cards.lastElementChild);
  document.getElementById("none").hidden = cards.children.length > 0;
}

// The wall has as many cards as its server gives at first: the gravest. What had no place is fetched when there is one.
function forget(card) {
  document.getElementById(card.id.replace("card-", "point-"))?.remove();
  card.remove();
}

async function fetchWhatLacks(total) {
  if (cards.children.length >= Math.min(total, MOST)) lackingSince = undefined;
  else lackingSince ??= Date.now();
  if (!lackingSince || Date.now() - lackingSince < SILENCE) return;
  lackingSince = undefined;
  const answer = await fetch(location.pathname);
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const list of [cards, points]) {
    list.replaceChildren(...[...page.getElementById(list.id).children].map((each) => document.importNode(each, true)));
  }
}

function heard() {
  heardAt = Date.now();
  lost.hidden = true;
}

function showLost(since) {
  if (lost.hidden) document.getElementById("lost-since").textContent = time(since);
  lost.hidden = false;
}

// A stream that the server refused stays closed: nobody is signed in, which the page says, or it is tried again.
async function again() {
  if (checking || over) return;
  checking = true;
  if (await checkSignedIn()) connect();
  setTimeout(() => { checking = false; }, SILENCE);
}

function connect() {
  source?.close();
  source = new EventSource(`/wall/stream?since=${eventId}`);
  source.addEventListener("alert", (event) => {
    heard();
    eventId = event.lastEventId || eventId;
    showAlert(JSON.parse(event.data));
  });
  source.addEventListener("beat", (event) => {
    heard();
    const { at, counts } = JSON.parse(event.data);
    clock.textContent = time(new Date(at)).slice(0, 16);
    for (const [level, count] of Object.entries(counts)) document.querySelector(`[data-count="${level}"]`).textContent = count;
    fetchWhatLacks(Object.values(counts).reduce((sum, count) => sum + count, 0));
  });
  source.addEventListener("no-news", (event) => showLost(new Date(JSON.parse(event.data).since)));
  source.addEventListener("signed-out", () => {
    over = true;
    source.close();
    showSignedOut();
  });
  source.addEventListener("displaced", () => {
    over = true;
    source.close();
    showEnd("displaced");
  });
  source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) again(); });
}

setInterval(() => {
  if (over || Date.now() - heardAt < SILENCE) return;
  showLost(new Date(heardAt));
  if (source.readyState === EventSource.CLOSED || Date.now() - heardAt > 2 * SILENCE) again();
}, 1_000);

const full = document.getElementById("full-screen");
full.hidden = !document.fullscreenEnabled;
full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));

connect();
