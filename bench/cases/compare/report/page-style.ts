/** The page's look, light, dark and on paper. */
import { LOOKS, METHODS } from './methods.js';

const colours = (which: 0 | 1): string =>
  METHODS.map((method) => `--m-${method}:${LOOKS[method].colours[which]};`).join('');

const LIGHT = `--ground:#fff;--card:#f7f8fa;--ink:#17202a;--soft:#5b6673;--rule:#dde1e7;--grid:#e6e9ee;--m-none:#5b6673;
--good:#00664a;--good-bg:#dcf3ea;--middling:#7a4d00;--middling-bg:#fdf0d2;--bad:#9c2a10;--bad-bg:#fce3dc;${colours(0)}`;
const DARK = `--ground:#12161c;--card:#1a2028;--ink:#e7ebf0;--soft:#a3adb9;--rule:#303844;--grid:#28303b;--m-none:#a3adb9;
--good:#7fe0bd;--good-bg:#0e3a2d;--middling:#f5cd7a;--middling-bg:#40300c;--bad:#ffab94;--bad-bg:#4a1d12;${colours(1)}`;

export const PAGE_STYLE = `
:root{${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0 auto;max-width:1240px;padding:28px 20px 80px;background:var(--ground);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
h1{font-size:clamp(1.6rem,4.5vw,2.4rem);line-height:1.15;letter-spacing:-.02em;margin:.2em 0 .4em}
h2{font-size:1.45rem;line-height:1.2;letter-spacing:-.01em;margin:2.6em 0 .6em;padding-top:.7em;border-top:1px solid var(--rule)}
h3{font-size:1.05rem;line-height:1.35;margin:0 0 .3em}
h4{font-size:.82rem;line-height:1.3;font-weight:600;margin:0 0 .2em;color:var(--soft)}
p,ul{margin:.5em 0;max-width:78ch}
li{margin:.35em 0}
nav{font-size:.88rem;line-height:1.9;display:flex;flex-wrap:wrap;gap:0 16px}
a{color:var(--m-ws)}
section:first-of-type h2{margin-top:1.2em}
.claims{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:18px;margin:1.4em 0}
.claim{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:18px 20px}
.claim h3{font-size:1.2rem;display:flex;justify-content:space-between;align-items:center;gap:12px;text-transform:capitalize}
.verdict{font-size:.82rem;font-weight:650;text-transform:none;border-radius:99px;padding:.15em .8em;background:var(--grid);color:var(--soft)}
.v-confirmed .verdict{background:var(--good-bg);color:var(--good)}
.v-smaller-than-told .verdict{background:var(--middling-bg);color:var(--middling)}
.v-refuted .verdict{background:var(--bad-bg);color:var(--bad)}
@media(max-width:500px){body{padding:18px 14px 60px}.claim{padding:14px}}
.told{color:var(--soft);font-size:.92rem}
cite{font-style:normal;white-space:normal}
cite::before{content:"– "}
.found{font-size:1.12rem;font-weight:600;font-variant-numeric:tabular-nums}
.claim .chart{max-width:520px}
figure{margin:2em 0;break-inside:avoid-page}
.caption{color:var(--soft);font-size:.9rem;line-height:1.45;max-width:90ch}
.note{margin:.1em 0 0;color:var(--soft);font-size:.82rem;line-height:1.4}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;font-size:.84rem;max-width:none}
.legend span{display:inline-flex;align-items:center;gap:6px}
.key{width:24px;height:14px;flex:none}
.panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,340px),1fr));gap:20px 24px;margin:.9em 0 .4em}
.panels.four{grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),470px))}
.panel{max-width:470px;break-inside:avoid}
.chart{display:block;width:100%;height:auto;font-size:11px;overflow:visible}
.grid path{stroke:var(--grid);stroke-width:1}
.tick text{fill:var(--soft);font-variant-numeric:tabular-nums}
.label{fill:var(--soft)}
.name{fill:var(--ink)}
.value{fill:var(--ink);font-variant-numeric:tabular-nums}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round}
.theory{fill:none;stroke:var(--ink);stroke-width:1.5;stroke-dasharray:.1 6;stroke-linecap:round}
.whisker,.stroke{fill:none;stroke:var(--c);stroke-width:1.5}
.stroke{stroke-width:2.4}
.reference{stroke:var(--ink);stroke-width:1;stroke-dasharray:4 3}
.mark.solid{fill:var(--c)}
.mark.hollow{fill:var(--ground);stroke:var(--c);stroke-width:1.7}
.bar{fill:var(--c)}
.b1{fill-opacity:.55}
.b2{fill-opacity:.25}
${['none', ...METHODS].map((name) => `.m-${name}{--c:var(--m-${name})}`).join('')}
details{margin:.4em 0}
summary{cursor:pointer;color:var(--soft);font-size:.84rem}
.wide{overflow-x:auto;max-width:100%;margin:.8em 0}
table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:left;font-weight:600;padding:.3em 0;font-size:.9rem}
th,td{border-bottom:1px solid var(--rule);padding:.32em .9em .32em 0;text-align:left;vertical-align:top}
thead th{color:var(--soft);font-weight:600;vertical-align:bottom}
tbody th{font-weight:500}
pre{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 14px;overflow-x:auto;font-size:.88rem}
@media print{body{max-width:none;padding:0;font-size:10pt}nav,details:not(.more){display:none}.more::details-content{content-visibility:visible;height:auto}.claims{grid-template-columns:1fr 1fr}
.claim{break-inside:avoid}h2,h3{break-after:avoid}.wide{overflow:visible}table{font-size:6.5pt}.panels{grid-template-columns:repeat(3,1fr)}}
`;
