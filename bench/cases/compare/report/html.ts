/** report.html: one file, no script, nothing fetched. Well-formed XML, too. */
import type { CompareResults } from '../results.js';
import { legendMark } from './chart/mark.js';
import { lineCharts } from './chart/line-chart.js';
import { rowCharts } from './chart/row-chart.js';
import type { Block, ClaimBlock, Figure, Rows, Section, TableBlock } from './document.js';
import { rowsOf, seriesIn } from './figure-rows.js';
import { Markup, markup, type Piece } from './markup.js';
import { PAGE_STYLE } from './page-style.js';
import { documentOf } from './report.js';
import { counted } from './words.js';
import { verdictText } from './verdict.js';

/** Scripts, fonts, pictures and addresses of others are refused even where something got past the escaping. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Of a claim, before a reader asks for more. */
const NOTES_SHOWN = 2;

export function reportHtml(results: CompareResults): string {
  const { title, sections } = documentOf(results);
  return `<!DOCTYPE html>\n${
    markup`<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/><meta http-equiv="Content-Security-Policy" content="${POLICY}"/><meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="color-scheme" content="light dark"/><title>${title}</title><style>${new Markup(PAGE_STYLE)}</style></head>
<body><header><h1>${title}</h1></header><nav aria-label="Sections">${sections.map(
      ({ id, title }) => markup`<a href="#${id}">${title}</a> `,
    )}</nav><main>
${sections.map(sectionMarkup)}</main></body></html>
`.text
  }`;
}

function sectionMarkup({ id, title, blocks }: Section): Markup {
  return markup`<section id="${id}"><h2>${title}</h2>
${grouped(blocks).map((each) => (each.length > 1 ? markup`<div class="claims">${each.map(blockMarkup)}</div>` : each.map(blockMarkup)))}</section>
`;
}

/** Claims in a row stand side by side. */
function grouped(blocks: readonly Block[]): Block[][] {
  return blocks.reduce<Block[][]>((groups, block) => {
    const last = groups.at(-1);
    if (block.kind === 'claim' && last?.[0]?.kind === 'claim') last.push(block);
    else groups.push([block]);
    return groups;
  }, []);
}

function blockMarkup(block: Block): Piece {
  switch (block.kind) {
    case 'text':
      return paragraph(block.text);
    case 'list':
      return markup`<ul>${block.items.map((item) => markup`<li>${item}</li>`)}</ul>`;
    case 'code':
      return markup`<pre><code>${block.text}</code></pre>`;
    case 'table':
      return tableBlock(block);
    case 'claim':
      return claimMarkup(block);
    case 'lines':
    case 'rows':
      return figureMarkup(block);
  }
}

function tableBlock({ rows, title, folded }: TableBlock): Markup {
  const wide = markup`<div class="wide">${tableMarkup(rows, title)}</div>`;
  return folded === true ? markup`<details><summary>${title}</summary>${wide}</details>` : wide;
}

function tableMarkup([heading = [], ...rows]: Rows, caption: string): Markup {
  return markup`<table><caption>${caption}</caption><thead><tr>${heading.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.map(
    ([first = '', ...rest]) => markup`
<tr><th scope="row">${first}</th>${rest.map((cell) => markup`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

function paragraph(text: string): Markup {
  return markup`<p>${text}</p>`;
}

function claimMarkup({ claim, basis, compared, plot }: ClaimBlock): Markup {
  return markup`<article class="claim v-${claim.verdict.replaceAll(' ', '-')}"><h3>${claim.id} <span class="verdict">${claim.verdict}</span></h3><p class="told">“${claim.told}” <cite>${claim.toldBy}</cite></p><p class="found">${verdictText(claim, basis)}</p>
${rowCharts(plot)}<p class="caption">${compared}</p>${claim.notes.slice(0, NOTES_SHOWN).map(paragraph)}${
    claim.notes.length <= NOTES_SHOWN
      ? null
      : markup`<details class="more"><summary>${counted(claim.notes.length - NOTES_SHOWN, 'more note')}</summary>${claim.notes.slice(NOTES_SHOWN).map(paragraph)}</details>`
  }</article>
`;
}

function figureMarkup(figure: Figure): Markup {
  const charts = figure.kind === 'lines' ? lineCharts(figure) : rowCharts(figure);
  const lines = figure.kind === 'lines';
  const parts = figure.kind === 'rows' ? barParts(figure.panels.flatMap(({ rows }) => rows)) : [];
  return markup`<figure><figcaption><h3>${figure.title}</h3><p class="caption">${figure.caption}</p></figcaption>
${lines ? markup`<p class="legend">${seriesIn(figure).map((series) => markup`<span>${legendMark(series, true)}${series.name}</span> `)}</p>` : null}${
    parts.length < 2
      ? null
      : markup`<p class="legend">${parts.map((part, at) => markup`<span><svg class="key" viewBox="0 0 24 14" aria-hidden="true" xmlns="http://www.w3.org/2000/svg"><rect class="bar b${at} m-none" x="2" y="1" width="20" height="12"/></svg>${part}</span> `)}</p>`
  }<div class="${charts.length === 4 ? 'panels four' : 'panels'}">${charts.map((chart, at) => {
    const { title = '', note = '' } = figure.panels[at] ?? {};
    return markup`<div class="panel">${title === '' ? null : markup`<h4>${title}</h4>`}${chart}${note === '' ? null : markup`<p class="note">${note}</p>`}</div>
`;
  })}</div><details><summary>Table</summary><div class="wide">${tableMarkup(rowsOf(figure), figure.title)}</div></details></figure>
`;
}

function barParts(
  rows: readonly { readonly marks: readonly { readonly kind: string; readonly part: string }[] }[],
): string[] {
  return [
    ...new Set(
      rows.flatMap(({ marks }) => marks.filter(({ kind }) => kind === 'bar').map(({ part }) => part)),
    ),
  ];
}
