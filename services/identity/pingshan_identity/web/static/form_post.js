/* Posts the answer to the system at once, and only once. Sent before the page has loaded, it takes this page's place in
   the history, so that the back button leads to where the person was before. */
const form = document.getElementById("answer");
const [visit] = performance.getEntriesByType("navigation");
let sent = false;

form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
  form.querySelector("button").setAttribute("aria-disabled", "true");
});

/* The back button brought it from the browser's memory: its code is used. */
addEventListener("pageshow", (event) => {
  if (!event.persisted || !sent) return;
  form.hidden = true;
  document.getElementById("sent").hidden = false;
});

if (visit?.type !== "back_forward") form.requestSubmit();
