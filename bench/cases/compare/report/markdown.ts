/** report.md: the report's text and tables, as GitHub shows them. */
import { markdownTable } from '../../../report/columns.js';
import type { CompareResults } from '../results.js';
import type { Block, ClaimBlock, Rows } from './document.js';
import { rowsOf } from './figure-rows.js';
import { printable } from './markup.js';
import { documentOf } from './report.js';
import { verdictText } from './verdict.js';

export function reportMarkdown(results: CompareResults): string {
  const { title, sections } = documentOf(results);
  const parts = sections.flatMap((section) => [
    `## ${plain(section.title)}`,
    ...section.blocks.flatMap(blockText),
  ]);
  return [`# ${plain(title)}`, ...parts].join('\n\n') + '\n';
}

function blockText(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return [plain(block.text)];
    case 'list':
      return [block.items.map((item) => `- ${plain(item)}`).join('\n')];
    case 'code':
      return ['```sh\n' + printable(block.text).replaceAll('```', "'''") + '\n```'];
    case 'table':
      return [`**${plain(block.title)}**`, table(block.rows)];
    case 'claim':
      return claimText(block);
    case 'lines':
    case 'rows':
      return [
        `**${plain(block.title)}**`,
        ...[block.caption].filter((each) => each !== '').map(plain),
        table(rowsOf(block)),
      ];
  }
}

function claimText({ claim, basis, compared }: ClaimBlock): string[] {
  return [
    `### ${plain(`${claim.id}: ${claim.verdict}`)}`,
    `“${plain(claim.told)}” (${plain(claim.toldBy)})`,
    `**${plain(verdictText(claim, basis))}**`,
    ...[compared].filter((each) => each !== '').map(plain),
    ...claim.notes.map(plain),
  ];
}

function table(rows: Rows): string {
  return markdownTable(rows.map((row) => row.map(plain)));
}

/** A text that Markdown takes for nothing else, in one line. */
export function plain(text: string): string {
  return printable(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_<>&~#]/g, '\\$&')
    .replaceAll(/\](?=[([:])/g, '\\]')
    .replace(/^([-+=]|\d+[.)] )/, '\\$1');
}
