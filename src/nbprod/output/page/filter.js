"use strict";

const form = document.getElementById("filters");
const findings = [...document.querySelectorAll(".finding")];

function wanted(finding, chosen) {
  const { severity, dimension, rule } = finding.dataset;
  return (
    chosen.getAll("severity").includes(severity) &&
    (!chosen.get("dimension") || chosen.get("dimension") === dimension) &&
    (!chosen.get("rule") || chosen.get("rule") === rule) &&
    (!chosen.has("fixable") || "fixable" in finding.dataset)
  );
}

function show() {
  const chosen = new FormData(form);
  let count = 0;
  for (const finding of findings) {
    finding.hidden = !wanted(finding, chosen);
    count += finding.hidden ? 0 : 1;
  }
  document.getElementById("count").textContent = `${count} of ${findings.length} findings`;
}

form.hidden = false;
form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
show();
