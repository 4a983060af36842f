--- The look of the access page. Levels, unknown and none differ by mark and word, not by colour
-- only. Nothing moves, whether reduced motion is asked for or not.

return [=[
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --sheet: #fff; --ink: #1a2130; --soft: #566072; --line: #dde1e8;
  --strong-line: #b9c1cf; --hover: #f1f4f9; --focus: #1f5fd6;
  --mark: #27479c; --l3: #dfe7fa; --l2: #eff3fc; --l1: transparent;
  --unknown: #fdf2d3; --unknown-line: #e8cf8c; --unknown-ink: #5f4500;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10141b; --sheet: #161b24; --ink: #e3e8f1; --soft: #9ba7ba; --line: #272f3d;
    --strong-line: #3b4558; --hover: #1c2330; --focus: #86acff;
    --mark: #8fb0ff; --l3: #24365f; --l2: #1b2740; --l1: transparent;
    --unknown: #3a2f12; --unknown-line: #5d4b1c; --unknown-ink: #f3d88c;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { height: 100%; }
body {
  margin: 0; height: 100%; min-height: 30rem; display: flex; flex-direction: column;
  background: var(--paper); color: var(--ink);
  font: 13px/1.4 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
.vh {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
:focus-visible { outline: 2px solid var(--focus); outline-offset: -2px; border-radius: 2px; }
.sub { color: var(--soft); font-size: 11px; font-weight: 400; }
bdi { overflow-wrap: break-word; }

/* ---- what it is ---- */
header {
  padding: 18px 24px 12px; display: flex; flex-wrap: wrap; gap: 8px 40px;
  align-items: flex-end; justify-content: space-between;
}
h1 { margin: 0 0 2px; font-size: 19px; font-weight: 650; letter-spacing: -.01em; }
header > div { flex: 1 1 24rem; }
header p { margin: 0; color: var(--soft); }
.totals { margin: 0; display: flex; flex-wrap: wrap; gap: 4px 28px; }
.totals div { display: flex; flex-direction: column-reverse; }
.totals dt { color: var(--soft); font-size: 11px; }
.totals dd { margin: 0; font-size: 19px; font-weight: 600; line-height: 1.2; }
.totals .some dd { color: var(--unknown-ink); }
.totals .some dd::before { content: "? "; }

/* ---- controls ---- */
.bar {
  padding: 0 24px 10px; display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: flex-end;
}
form { display: contents; }
label { display: flex; flex-direction: column; gap: 2px; font-size: 11px; color: var(--soft); }
label.check { flex-direction: row; align-items: center; gap: 6px; height: 30px; font-size: 12px; }
input[type=search], select, .bar button, [role=tab] {
  height: 30px; padding: 0 9px; border: 1px solid var(--strong-line); border-radius: 5px;
  background: var(--sheet); color: var(--ink); font: inherit; font-size: 13px;
}
input[type=search] { width: 11rem; }
select { max-width: 11.5rem; }
input[type=checkbox] { accent-color: var(--mark); margin: 0; width: 14px; height: 14px; }
.bar button:not(:disabled), [role=tab] { cursor: pointer; }
.bar button:hover:not(:disabled, [aria-selected=true]) { background: var(--hover); }
.bar button:disabled { color: var(--soft); opacity: .55; }
[role=tablist] { display: flex; }
[role=tab]:first-child { border-radius: 5px 0 0 5px; }
[role=tab]:last-child { border-radius: 0 5px 5px 0; border-left: 0; }
[role=tab][aria-selected=true] {
  background: var(--mark); border-color: var(--mark); color: var(--sheet); font-weight: 600;
}
.line { align-items: center; }
#shown { margin: 0; color: var(--soft); flex: 1; }
#pager { display: flex; gap: 4px; align-items: center; }
#pager button { height: 24px; padding: 0 8px; font-size: 12px; }
#place { padding: 0 6px; color: var(--soft); }

/* ---- tables ---- */
main { flex: 1; min-height: 12rem; display: flex; padding: 0 24px; }
#region {
  flex: 1; min-width: 0; overflow: auto; position: relative;
  background: var(--sheet); border: 1px solid var(--line); border-radius: 7px;
  scroll-padding: 72px 8px 8px 16rem;
}
table { border-collapse: separate; border-spacing: 0; }
th, td {
  padding: 3px 10px; text-align: left; vertical-align: middle; font-weight: 400;
  border-bottom: 1px solid var(--line); background: var(--sheet); white-space: nowrap;
}
thead th {
  position: sticky; top: 0; z-index: 2; padding: 0; vertical-align: bottom;
  border-bottom: 1px solid var(--strong-line); color: var(--soft); font-size: 11.5px;
}
thead th button, .bytask thead th {
  padding: 8px 10px 6px; font: inherit; color: inherit; text-align: left;
}
thead th button {
  width: 100%; min-height: 58px; border: 0; background: none; cursor: pointer; display: flex;
  flex-direction: column; justify-content: flex-end; position: relative;
}
thead th:hover, thead .here { background: var(--hover); color: var(--ink); }
thead th.user { color: var(--ink); min-width: 10rem; max-width: 12rem; }
thead .user .who {
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden;
  white-space: normal;
}
th.assigned button { text-align: right; }
.who {
  display: block; font-weight: 600; font-size: 12.5px; line-height: 1.25;
}
thead .sub { display: block; }
.arrow { font-size: 8px; color: var(--mark); vertical-align: 1px; }
th[scope=row], thead th:first-child {
  position: sticky; left: 0; border-right: 1px solid var(--line);
}
th[scope=row] {
  z-index: 1; max-width: 21rem; min-width: 14rem; font-weight: 500; white-space: normal;
}
thead th:first-child { z-index: 3; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover > :not(.unknown):not(.cell) { background: var(--hover); }
td.id { font-family: var(--mono); font-size: 11.5px; color: var(--soft); }
.number { text-align: right; }
.nothing { padding: 40px; color: var(--soft); }
.cell { border-left: 1px solid var(--line); max-width: 14rem; cursor: default; }
.cell.level3 { background: var(--l3); }
.cell.level2 { background: var(--l2); }
.none, .other { color: var(--soft); }
.none::before { content: "·" / ""; opacity: .6; }
td.unknown, .flag, .key .unknown {
  color: var(--unknown-ink);
  background: var(--unknown) repeating-linear-gradient(135deg, transparent 0 5px,
    var(--unknown-line) 5px 6px);
}
td.unknown { font-size: 11.5px; }
td.unknown span {
  margin-left: -4px; padding: 0 4px; background: var(--unknown); border-radius: 2px;
}
.flag {
  margin-left: 8px; padding: 0 6px; border-radius: 3px; font-size: 11px; white-space: nowrap;
}
th .flag:first-child { margin-left: 0; }
tbody tr:hover > .cell {
  box-shadow: inset 0 1px var(--strong-line), inset 0 -1px var(--strong-line);
}

/* A task: a full square decides, a half one changes, an empty one looks. */
.chip { display: inline-flex; align-items: center; gap: 6px; max-width: 100%; }
.matrix .chip { display: flex; }
.chip .name {
  font-size: 11px; letter-spacing: .015em; overflow: hidden; text-overflow: ellipsis;
}
.chip::before {
  content: ""; flex: none; width: 9px; height: 9px; border: 1.5px solid var(--mark);
  border-radius: 1.5px;
}
.chip.level3::before { background: var(--mark); }
.chip.level2::before { background: linear-gradient(90deg, var(--mark) 50%, transparent 50%); }
.chip wbr { display: none; }
.chip.level3 .name { font-weight: 650; }
.chip.level1 .name { color: var(--soft); }
.more { color: var(--soft); font-size: 11px; margin-left: auto; padding-left: 4px; }

.bytask th[scope=row] { padding: 4px 10px; max-width: 26rem; min-width: 20rem; line-height: 1.3; }
.bytask th[scope=row] .sub {
  display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
}
.bytask .cell:has(button) { padding: 0; }
.bytask thead th:not(.user):not(.name) { text-align: right; }
.count {
  width: 100%; padding: 8px 10px; border: 0; background: none; font: inherit; color: inherit;
  text-align: left; cursor: pointer;
}
.count:hover { text-decoration: underline; }

/* ---- below ---- */
footer {
  padding: 8px 24px 12px; display: flex; flex-wrap: wrap; gap: 4px 32px;
  justify-content: space-between; height: 5.6rem; overflow: auto;
}
#detail {
  display: flex; flex-wrap: wrap; gap: 2px 28px; flex: 1 1 30rem; align-content: flex-start;
}
#detail p { margin: 0; }
#detail p > .sub { display: block; }
#detail bdi { font-weight: 600; }
#detail .what { display: flex; flex-wrap: wrap; gap: 2px 18px; }
#detail .task .sub { margin-left: 6px; }
#detail .why { color: var(--unknown-ink); }
.key {
  margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: 2px 16px;
  color: var(--soft);
}
.key .unknown { padding: 0 6px; border-radius: 3px; }
.key .chip .name { font-size: 12px; letter-spacing: 0; font-weight: 400; color: inherit; }
noscript { display: block; padding: 24px; }

@media (max-width: 720px) {
  body { height: auto; }
  footer { height: auto; min-height: 5.6rem; }
  header, .bar, footer { padding-left: 12px; padding-right: 12px; }
  main { padding: 0 12px; }
  #region { max-height: 80vh; scroll-padding-left: 9rem; }
  input[type=search] { width: 100%; }
  label { flex: 1 1 8rem; }
  label.check { flex: 1 1 auto; }
  th[scope=row], .bytask th[scope=row] { min-width: 8rem; max-width: 9rem; }
  .matrix .id, .matrix .ownership, .matrix td:nth-child(3) { display: none; }
}
@media (prefers-contrast: more) {
  :root { --soft: var(--ink); --line: var(--soft); --strong-line: var(--ink); }
}
@media (forced-colors: active) {
  .chip::before { forced-color-adjust: none; }
  [role=tab][aria-selected=true] { border-width: 3px; }
}

/* ---- on paper: light, whole, with the head on every page ---- */
@page { size: landscape; margin: 12mm; }
@media print {
  :root {
    color-scheme: light;
    --paper: #fff; --sheet: #fff; --ink: #000; --soft: #444; --line: #ccc; --strong-line: #777;
    --mark: #27479c; --l3: #dfe7fa; --l2: #eff3fc;
    --unknown: #fdf2d3; --unknown-line: #e0c67f; --unknown-ink: #3d2c00;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html, body, main { height: auto; min-height: 0; display: block; font-size: 9pt; }
  header, .bar, main, footer { padding-left: 0; padding-right: 0; }
  form, [role=tablist], #pager, #detail, .arrow { display: none; }
  #region { overflow: visible; border: 0; border-radius: 0; }
  table { width: 100%; }
  thead { display: table-header-group; }
  thead th, th[scope=row] { position: static; }
  thead th button { min-height: 0; padding: 2px 6px; }
  th, td { padding: 2px 6px; }
  .cell { white-space: normal; }
  thead th.user { min-width: 0; }
  th[scope=row], .bytask th[scope=row] { min-width: 9rem; border-right: 0; }
  .matrix .chip .name { white-space: normal; font-size: 7pt; }
  .matrix tr { break-inside: avoid; }
  .bytask th[scope=row] .sub { white-space: normal; }
  .list ul { margin: 0; padding: 0; list-style: none; }
  .list td { white-space: normal; }
  .list th .sub { display: block; }
  .list .chip { margin-right: 8px; }
  .list td, .list th { vertical-align: top; }
  footer { height: auto; }
  .chip wbr { display: inline; }
}
]=]
