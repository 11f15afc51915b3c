// Says that something changed; the list stays as it is until its reader wants it new.
import { checkSignedIn, showEnd, showSignedOut } from "/static/ui/pingshan.js";

const notice = document.getElementById("changed");
const source = new EventSource("/wall/stream");
source.addEventListener("alert", () => { notice.hidden = false; });
source.addEventListener("signed-out", () => {
  source.close();
  showSignedOut();
});
source.addEventListener("displaced", () => {
  source.close();
  showEnd("displaced");
});
source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) checkSignedIn(); });
