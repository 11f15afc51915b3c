/* Posts the answer to the system at once, and only once. Sent before the page has loaded, it takes this page's place in
   the history, so that the back button leads to where the person was before. A classic script without newer words:
   systems that ask for forms have people with older browsers. */
(function () {
  var form = document.getElementById("answer");
  var visits = performance.getEntriesByType ? performance.getEntriesByType("navigation") : [];
  var sent = false;

  form.addEventListener("submit", function (event) {
    if (sent) event.preventDefault();
    sent = true;
  });

  function showSent() {
    if (!sent) return;
    form.hidden = true;
    document.getElementById("sent").hidden = false;
  }

  /* The back button brought it from the browser's memory: its code is used. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) showSent();
  });

  /* The system has the answer, and led on to where this page lets no form go, without TLS for instance. */
  document.addEventListener("securitypolicyviolation", showSent);

  if (visits.length && visits[0].type === "back_forward") return;
  sent = true;
  form.submit();
})();
