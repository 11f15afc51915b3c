// The wall by itself: cards and points as they change, and an honest word when the connection is gone.
const wall = document.getElementById("wall");
const cards = document.getElementById("cards");
const points = document.getElementById("points");
const lost = document.getElementById("lost");
const clock = document.getElementById("wall-clock");
const SILENCE = 12_000;
let heardAt = Date.now();
let eventId = wall.dataset.since;
let source;

const time = (date) => date.toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });

function fragment(html, type) {
  const parsed = new DOMParser().parseFromString(html, type);
  return document.importNode(type === "text/html" ? parsed.body.firstElementChild : parsed.documentElement.firstElementChild, true);
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
    const card = fragment(change.card, "text/html");
    if (!known) {
      card.classList.add("new");
      setTimeout(() => card.classList.remove("new"), 10_000);
    }
    cards.insertBefore(card, before(card) ?? null);
    if (focused) card.querySelector("a").focus();
  }
  if (change.point) points.append(fragment(`<svg xmlns="http://www.w3.org/2000/svg">${change.point.trim()}</svg>`, "image/svg+xml"));
  document.getElementById("none").hidden = cards.children.length > 0;
}

function heard() {
  heardAt = Date.now();
  lost.hidden = true;
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
  });
  source.addEventListener("signed-out", () => location.reload());
}

setInterval(() => {
  if (Date.now() - heardAt < SILENCE) return;
  if (lost.hidden) document.getElementById("lost-since").textContent = time(new Date(heardAt));
  lost.hidden = false;
  if (source.readyState === EventSource.CLOSED || Date.now() - heardAt > 2 * SILENCE) connect();
}, 1_000);

const full = document.getElementById("full-screen");
full.hidden = !document.fullscreenEnabled;
full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : wall.requestFullscreen()));

connect();
