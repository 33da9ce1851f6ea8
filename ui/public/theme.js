// Runs before the page is painted, so that a dark page does not flash white. A file, because the
// Content-Security-Policy forbids inline scripts.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem("flowmill.theme");
  } catch (error) {
    // Storage may be switched off; the system's choice holds then.
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
