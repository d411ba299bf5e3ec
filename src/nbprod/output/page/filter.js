"use strict";

const filters = document.getElementById("filters");
const findings = [...document.querySelectorAll(".finding")];

function field(name) {
  return filters.querySelector(`[name="${name}"]`);
}

function show() {
  const checked = filters.querySelectorAll('[name="severity"]:checked');
  const severities = [...checked].map((box) => box.value);
  const [dimension, rule] = [field("dimension").value, field("rule").value];
  let count = 0;
  for (const finding of findings) {
    const said = finding.dataset;
    const wanted =
      severities.includes(said.severity) &&
      (!dimension || said.dimension === dimension) &&
      (!rule || said.rule === rule) &&
      (!field("fixable").checked || "fixable" in said);
    finding.hidden = !wanted;
    count += wanted ? 1 : 0;
  }
  document.getElementById("count").textContent = `${count} of ${findings.length} findings`;
}

filters.hidden = false;
filters.addEventListener("input", show);
show();
