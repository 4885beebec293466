/** Look of the pages that a check writes: system fonts, light and dark, fit for paper. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ink:#1c2126;--soft:#5a6570;--paper:#fff;--line:#d9dee3;--panel:#f5f7f8;--bad:#a3261d;--warn:#8a5a00;--good:#1f6b3f;--accent:#23566e}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa5b0;--paper:#15191d;--line:#313840;--panel:#1d2328;--bad:#ff8d80;--warn:#f0b44c;--good:#7fd1a0;--accent:#8ec6e0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.25;margin:.25rem 0 1rem;text-wrap:balance}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem}
p,li{max-width:44rem}
.soft{color:var(--soft)}
.bar{border-inline-start:.3rem solid var(--accent);padding-inline-start:1rem}
.bar.trace-found{border-color:var(--bad)}.bar.unusual{border-color:var(--warn)}.bar.incomplete,.bar.weakness{border-color:var(--warn)}
article{border:1px solid var(--line);border-radius:.5rem;padding:.9rem 1.1rem;margin:.75rem 0;background:var(--panel);break-inside:avoid}
article h3{font-size:1rem;margin:0 0 .35rem;overflow-wrap:anywhere}
.mark{font-size:.8rem;font-weight:600;letter-spacing:.02em}
.trace{color:var(--bad)}.unusual-mark{color:var(--warn)}.weakness-mark{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.5rem 0 0;font-size:.9rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th{text-align:start;color:var(--soft);font-weight:600}
th,td{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
code{font:.9em ui-monospace,Menlo,Consolas,monospace}
@media (max-width:34rem){dl{grid-template-columns:1fr}dt{margin-top:.35rem}}
@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--panel:#fff;--line:#bbb;--soft:#444}main{padding:0;max-width:none}}
`;
