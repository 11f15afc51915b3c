/* Posts the answer to the system at once, and only once. Sent before the page has loaded, it takes this page's place in
   the history, so that the back button leads to where the person was before. Where the page is shown again all the
   same, it says that the answer was sent and leads to where the system begins: an answer that comes twice is an attack
   to systems. A classic script without newer words: systems that ask for forms have people with older browsers. */
(function () {
  var form = document.getElementById("answer");
  var visits = performance.getEntriesByType ? performance.getEntriesByType("navigation") : [];
  var again = visits.length ? visits[0].type : "navigate";
  var sent = false;

  /* What tells this answer from others, also where the page was asked for anew and has another code. */
  function ofRequest() {
    var state = form.elements.namedItem("state");
    return form.action + " " + (state ? state.value : location.search);
  }

  function note() {
    sent = true;
    try {
      sessionStorage.setItem("answered", ofRequest());
    } catch (error) {}
  }

  /* Whether this tab has sent the answer before; where nothing can be kept, a page that comes back counts as sent. */
  function wasSent() {
    try {
      return sessionStorage.getItem("answered") === ofRequest();
    } catch (error) {
      return true;
    }
  }

  function showSent() {
    if (!sent) return;
    form.hidden = true;
    document.getElementById("sent").hidden = false;
    document.title = document.getElementById("sent").getAttribute("data-title");
  }

  form.addEventListener("submit", function (event) {
    if (sent) event.preventDefault();
    note();
  });

  /* The back button brought it from the browser's memory: its code is used. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) showSent();
  });

  /* The system has the answer, and led on to where this page lets no form go, without TLS for instance. */
  document.addEventListener("securitypolicyviolation", showSent);

  if (again === "back_forward" || again === "reload") {
    sent = wasSent();
    showSent();
    if (sent || again === "back_forward") return;
  }
  note();
  form.submit();
})();
