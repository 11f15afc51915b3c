/* Keeps the board of a sign-out fresh: the same page again each second, until nothing more will change. */
import { showSignedOut } from "/static/ui/pingshan.js";

const every = 1000;

async function refresh() {
  const board = document.getElementById("board");
  if (!board || board.dataset.complete === "true") return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.status === 401) return showSignedOut();
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("board");
      if (fresh) board.replaceWith(document.adoptNode(fresh));
    }
  } catch {
    /* Away for a moment: what is shown stays. */
  }
  setTimeout(refresh, every);
}

setTimeout(refresh, every);
