// Before anything is painted: the theme that the reader chose, if she chose one.
(() => {
  "use strict";
  try {
    const chosen = localStorage.getItem("lakefront-theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // A browser that keeps nothing follows the system.
  }
})();
