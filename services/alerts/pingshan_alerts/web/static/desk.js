// Says that something changed; the list stays as it is until its reader wants it new.
const notice = document.getElementById("changed");
const source = new EventSource("/wall/stream");
source.addEventListener("alert", () => { notice.hidden = false; });
source.addEventListener("signed-out", () => location.reload());
