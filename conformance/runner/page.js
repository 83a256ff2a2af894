"use strict";
// Opens what a link points into, and filters the vectors; without it the page reads the same.
(function () {
  function reveal() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") { node.open = true; node.classList.remove("hidden"); }
    }
    if (target) { target.scrollIntoView(); }
  }
  var search = document.getElementById("search");
  var bad = document.getElementById("only-bad");
  var all = Array.from(document.querySelectorAll("#vectors details"));
  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    all.forEach(function (row) {
      var text = row.dataset.find;
      var fits = (!bad.checked || row.dataset.bad === "1") &&
        words.every(function (word) { return text.indexOf(word) >= 0; });
      row.classList.toggle("hidden", !fits);
      shown += fits ? 1 : 0;
    });
    document.getElementById("shown").textContent = shown + " of " + all.length + " vectors";
  }
  document.getElementById("tools").hidden = false;
  search.addEventListener("input", filter);
  bad.addEventListener("change", filter);
  window.addEventListener("hashchange", reveal);
  filter();
  reveal();
}());
