"""The style and the script of a report's page."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --back: #fbfbf9; --card: #ffffff; --ink: #1c1c1a;
  --quiet: #5f5f59; --line: #d9d9d2; --s0: #1f6fb2; --s1: #c2571a; --s2: #2d8a57; --s3: #8b4fa8;
  --s4: #9a7b14; --s5: #b03060; --cited: #cfe4f7; --gold: #fbe7a1; --both: #c9e8c0;
  --good: #2d7a45; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --back: #161615; --card: #1f1f1d; --ink: #ecece6;
  --quiet: #a5a59c; --line: #3a3a36; --s0: #6db3ee; --s1: #f0965a; --s2: #6ccb95; --s3: #c995e3;
  --s4: #dcbf5a; --s5: #f07fa5; --cited: #1d4466; --gold: #5c4a0e; --both: #2a5527;
  --good: #7cd197; --bad: #ff8f86; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
header, main { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 1.5rem 0 0; } h2 { font-size: 1.3rem; margin: 2rem 0 1rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; } h4 { margin: .75rem 0 0; font-size: .9rem; }
nav ul { padding-left: 1.2rem; } a { color: var(--s0); } small { color: var(--quiet); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem;
  margin-bottom: 1rem; }
.tile, figure, .q, .wide { background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; }
.tile { padding: .75rem 1rem; display: flex; flex-direction: column; }
.tile b { font-size: 1.7rem; font-variant-numeric: tabular-nums; line-height: 1.2; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .75rem; border-bottom: 1px solid var(--line);
  font-weight: normal; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); white-space: nowrap; } th[title] { cursor: help; }
.n, .i { font-variant-numeric: tabular-nums; white-space: nowrap; } .n { text-align: right; }
.i { color: var(--quiet); }
tbody + tbody > tr:first-child > * { border-top: 2px solid var(--line); }
tbody th { min-width: 9rem; }
.over { text-align: right; border-bottom: 0; color: var(--ink); font-weight: 600; }
.drawn { width: 168px; padding: .1rem .75rem .1rem 0; } .strip { display: block; }
.strip .dot { fill-opacity: 1; }
.scale { display: flex; justify-content: space-between; } .scale i { font-style: normal; }
.runs { color: var(--quiet); margin: -.5rem 0 1rem; }
.run::before { content: "● "; } .run { margin-left: .75rem; color: var(--ink); }
.run.s0::before { color: var(--s0); } .run.s1::before { color: var(--s1); }
.run.s2::before { color: var(--s2); } .run.s3::before { color: var(--s3); }
.run.s4::before { color: var(--s4); } .run.s5::before { color: var(--s5); }
@media (max-width: 45rem) { .drawn { display: none; } tbody th { min-width: 7rem; } }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr));
  gap: 1rem; margin: 1rem 0; }
figure { margin: 0; padding: .75rem 1rem; } figure h3 { margin: 0; }
figcaption { font-size: .85rem; color: var(--quiet); }
figure svg { width: 100%; height: auto; } svg text { fill: var(--quiet); font-size: 11px; }
.end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--line); stroke-width: 1; fill: none; }
.diagonal { stroke: var(--quiet); stroke-dasharray: 4 4; fill: none; }
.line { fill: none; stroke-width: 2; } .dot { stroke: none; fill-opacity: .75; }
.line.s0 { stroke: var(--s0); } .line.s1 { stroke: var(--s1); } .line.s2 { stroke: var(--s2); }
.line.s3 { stroke: var(--s3); } .line.s4 { stroke: var(--s4); } .line.s5 { stroke: var(--s5); }
.dot.s0 { fill: var(--s0); } .dot.s1 { fill: var(--s1); } .dot.s2 { fill: var(--s2); }
.dot.s3 { fill: var(--s3); } .dot.s4 { fill: var(--s4); } .dot.s5 { fill: var(--s5); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0;
  margin: .25rem 0; font-size: .85rem; }
.legend li::before { content: ""; display: inline-block; width: .8em; height: .8em;
  margin-right: .4em; border-radius: 50%; background: currentColor; }
.legend .s0 { color: var(--s0); } .legend .s1 { color: var(--s1); }
.legend .s2 { color: var(--s2); }
.legend .s3 { color: var(--s3); } .legend .s4 { color: var(--s4); }
.legend .s5 { color: var(--s5); }
.controls { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: .5rem 0; }
.controls input { flex: 1 1 14rem; } .controls input, .controls select { font: inherit;
  padding: .3rem .6rem; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: .4rem; max-width: 100%; }
.q { margin: .4rem 0; padding: 0 1rem; overflow-wrap: anywhere; }
.q summary { cursor: pointer; padding: .5rem 0; } .q summary small { margin-left: .5rem; }
.asked { font-weight: 600; }
.badge { display: inline-block; font-size: .75rem; padding: 0 .5rem; margin-right: .5rem;
  border-radius: 1rem; border: 1px solid currentColor; color: var(--quiet); }
.badge.right, .badge.abstained, .badge.found { color: var(--good); }
.badge.wrong, .badge.failed, .badge.silent, .badge.missed { color: var(--bad); }
.earlier { margin: .4rem 0; padding-left: 1.4rem; color: var(--quiet); }
.q p { margin: .4rem 0; } .gold-answer b, .unsaid b { color: var(--quiet); font-weight: 600; }
.unsaid { color: var(--quiet); } .error { color: var(--bad); }
.source { border-left: 3px solid var(--line); padding-left: .75rem; margin: .6rem 0;
  font-size: .9rem; white-space: normal; }
.source p { white-space: pre-line; }
mark { color: inherit; border-radius: .2rem; background: var(--cited); }
mark.gold { background: var(--gold); } mark.cited.gold { background: var(--both); }
code { font-size: .8rem; overflow-wrap: anywhere; } dt { font-weight: 600; }
dd { margin: 0 0 .5rem; }
main > section > details { margin: 1rem 0; }
[hidden] { display: none; }
"""

SCRIPT = """
document.querySelectorAll(".browser").forEach(function (browser) {
  var words = browser.querySelector("input");
  var selects = browser.querySelectorAll("select");
  var questions = browser.querySelectorAll(".q");
  function filter() {
    var wanted = words.value.toLowerCase(), shown = 0;
    questions.forEach(function (q) {
      var fits = q.textContent.toLowerCase().indexOf(wanted) >= 0;
      selects.forEach(function (s) {
        var value = q.dataset[s.dataset.filter];
        var values = s.dataset.filter === "verdict" ? value.split(" ") : [value];
        if (s.value && values.indexOf(s.value) < 0) fits = false;
      });
      q.hidden = !fits;
      if (fits) shown += 1;
    });
    browser.querySelector(".count").textContent = shown + " questions";
  }
  words.addEventListener("input", filter);
  selects.forEach(function (s) { s.addEventListener("change", filter); });
  filter();
});
"""
