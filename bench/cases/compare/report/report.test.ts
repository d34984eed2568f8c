import { describe, expect, it } from 'vitest';
import { columns, markdownTable } from '../../../report/columns.js';
import type { Cell, Claim } from '../analysis/analysis.js';
import { scenarioOf } from '../records.testing.js';
import type { CompareResults } from '../results.js';
import { claimsTable } from './claims-table.js';
import { reportHtml } from './html.js';
import { reportMarkdown } from './markdown.js';
import { comparisonSection } from './readme-section.js';
import { documentOf } from './report.js';
import { resultsOf, richScenarios } from './results.testing.js';
import { textOf, wellFormed } from './xml.testing.js';

const rich = resultsOf(richScenarios());
const quick = resultsOf(
  (['ws', 'post-new', 'post-kept'] as const).map((method) => scenarioOf({ method })),
  { notMeasured: [{ what: 'MQTT', why: 'mosquitto is not installed' }], planned: 12 },
);
const empty = resultsOf([]);

function withCells(results: CompareResults, change: (cell: Cell) => Cell): CompareResults {
  return { ...results, analysis: { ...results.analysis, cells: results.analysis.cells.map(change) } };
}

function withClaims(results: CompareResults, change: (claim: Claim) => Claim): CompareResults {
  const claims = results.analysis.claims.map(change);
  return { ...results, claims, analysis: { ...results.analysis, claims } };
}

const both = (results: CompareResults): string[] => [textOf(reportHtml(results)), reportMarkdown(results)];

describe.each([
  ['all kinds of runs', rich],
  ['a quick run', quick],
  ['no run at all', empty],
])('the report of %s', (_, results) => {
  const [html, markdown] = [reportHtml(results), reportMarkdown(results)];

  it('is well-formed, and the same each time', () => {
    expect(wellFormed(html)).toBe('');
    expect(reportHtml(results)).toBe(html);
  });

  it('has no number that is none', () => {
    for (const text of [textOf(html), markdown])
      expect(text).not.toMatch(/NaN|undefined|Infinity|\bnull\b|\[object/);
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('fetches nothing and runs nothing', () => {
    expect(html.replaceAll(/xmlns="[^"]*"/g, '')).not.toMatch(
      /https?:|src=|url\(|@import|<script|<link|<iframe|<object|<image|\son\w+=/i,
    );
    expect(html).toContain('default-src &#39;none&#39;');
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href?.[0])).not.toContain(undefined);
    for (const [, href] of html.matchAll(/href="([^"]*)"/g)) expect(html).toContain(`id="${href?.slice(1)}"`);
  });

  it('says the same as a page and as Markdown', () => {
    for (const { title, blocks } of documentOf(results).sections)
      for (const text of [textOf(html), markdown.replaceAll('\\', '')]) {
        expect(text).toContain(title);
        for (const block of blocks) if ('title' in block) expect(text).toContain(block.title);
      }
  });

  it('stays small', () => {
    expect(html.length).toBeLessThan(2e6);
  });
});

describe('figures of the report', () => {
  it('are those of the results', () => {
    const changed = withCells(rich, (cell) => ({
      ...cell,
      bytesPerReading: { mean: 31_700, ci95: [31_600, 31_800], runs: 3 },
      setupBytes: { mean: 9_870, ci95: [null, null], runs: 1 },
      p99Ms: { mean: 6_543, ci95: [6_420, 6_660], runs: 3 },
      throughput: { mean: 77_700, ci95: [77_600, 77_800], runs: 3 },
      clientCpuUsPerReading: { mean: 4_560, ci95: [4_550, 4_570], runs: 3 },
      theory: {
        formula: 'L + D/7',
        predictedMs: 87.6,
        measuredMs: 98.7,
        ownMs: 3.21,
        toleranceMs: 1.23,
        agrees: false,
        why: 'it rained',
      },
    }));
    const told = [
      '31,700 [31,600, 31,800]',
      '9,870',
      '6,540 [6,420, 6,660]',
      '77,700 [77,600, 77,800]',
      '4,560 [4,550, 4,570]',
    ];
    const theory = ['L + D/7', '87.6', '98.7', '3.21', '1.23', 'no: it rained'];
    for (const text of both(changed)) for (const each of [...told, ...theory]) expect(text).toContain(each);
    for (const text of both(rich)) for (const each of told) expect(text).not.toContain(each);
  });

  it('are those of the claims', () => {
    const changed = withClaims(rich, (claim) => ({
      ...claim,
      ratio: 7.77,
      ci95: [6.66, 8.88],
      toldRatio: 5.55,
      theory: 4.44,
    }));
    for (const text of both(changed))
      expect(text).toContain('7.77 [6.66, 8.88] measured; told 5.55, theory 4.44');
    const table = claimsTable(changed, columns);
    for (const each of ['7.77 [6.66, 8.88] measured', '5.55', '4.44']) expect(table).toContain(each);
  });

  it('move the marks', () => {
    const moved = withClaims(rich, (claim) => ({ ...claim, ratio: claim.ratio * 2 }));
    expect(reportHtml(moved).replaceAll(/>[^<]*</g, '><')).not.toBe(
      reportHtml(rich).replaceAll(/>[^<]*</g, '><'),
    );
  });

  it('are left out where nothing arrived', () => {
    const nothing = { mean: 0, ci95: [null, null], runs: 0 } as const;
    const lost = withCells(rich, (cell) => ({
      ...cell,
      meanMs: nothing,
      p50Ms: nothing,
      p99Ms: nothing,
      p999Ms: nothing,
    }));
    expect(wellFormed(reportHtml(lost))).toBe('');
    for (const text of both(lost)) expect(text).not.toMatch(/\b0 ms\b/);
  });
});

describe('what is modelled', () => {
  /** Without the sources of the profiles, who measured what they publish. */
  const blocksOf = (results: CompareResults) =>
    documentOf(results)
      .sections.find(({ id }) => id === 'energy')!
      .blocks.map((block) => JSON.stringify(block))
      .filter((block) => !block.includes('The device profiles of the modelled energy'));
  const section = (results: CompareResults) => blocksOf(results).join();
  const from = (source: 'modelled' | 'rapl') =>
    withCells(rich, (cell) => ({ ...cell, energy: cell.energy.map((each) => ({ ...each, source })) }));

  it('is never called measured', () => {
    expect(section(from('modelled'))).toMatch(/modelled/i);
    expect(section(from('modelled'))).not.toMatch(/measured/i);
    for (const text of both(from('modelled'))) expect(text).toMatch(/\] modelled; told 6\.47/);
    expect(claimsTable(from('modelled'), columns)).toMatch(/energy.*modelled/);
  });

  it('is not what a meter measured', () => {
    expect(section(from('rapl'))).toContain('Measured (RAPL)');
    expect(section(from('rapl'))).not.toMatch(/modelled/i);
    expect(claimsTable(from('rapl'), columns)).toMatch(/energy.* measured/);
  });

  it('stands apart from what a meter measured', () => {
    const mixed = withCells(rich, (cell) => ({
      ...cell,
      energy: cell.energy.map((each, at) => ({
        ...each,
        source: at === 0 ? ('rapl' as const) : each.source,
      })),
    }));
    for (const block of blocksOf(mixed))
      expect([/modelled/i, /measured/i].filter((word) => word.test(block))).toHaveLength(1);
    expect(claimsTable(mixed, columns)).toMatch(/energy.*modelled/);
  });
});

describe('what comes from outside', () => {
  const HOSTILE =
    '"><img src=x onerror=alert(1)>\' </svg></style>]]> & | `x` [a](javascript:b) \u202e\u0000\ud800\n# <b>';

  it('is text and nothing else', () => {
    const changed = withClaims(
      withCells(rich, (cell) => ({
        ...cell,
        key: HOSTILE,
        scenario: { ...cell.scenario, network: { ...cell.scenario.network, name: HOSTILE } },
        energy: cell.energy.map((each) => ({ ...each, profile: HOSTILE })),
        doubts: [{ code: HOSTILE, message: HOSTILE }],
      })),
      (claim) => ({ ...claim, told: HOSTILE, toldBy: HOSTILE, notes: [HOSTILE] }),
    );
    const results = {
      ...changed,
      command: HOSTILE,
      conditions: { ...changed.conditions, cpu: HOSTILE, kernel: HOSTILE },
      options: { [HOSTILE]: HOSTILE },
      notMeasured: [{ what: HOSTILE, why: HOSTILE }],
    };
    const html = reportHtml(results);
    expect(wellFormed(html)).toBe('');
    expect(html).not.toMatch(/<img|<b>|\u202e|\u0000/);
    const markdown = reportMarkdown(results).replaceAll(/```sh[^]*?```/g, '');
    expect(markdown).not.toMatch(/(?<!\\)<img|(?<!\\)\]\(|\u202e|\u0000/);
    expect(markdown.match(/^# /gm)).toHaveLength(1);
    const pipes = (line: string): number => line.match(/(?<!\\)\|/g)?.length ?? 0;
    for (const [rows] of markdown.matchAll(/(^\|.*\|\n)+/gm))
      expect(new Set(rows.trim().split('\n').map(pipes)).size).toBe(1);
  });
});

describe('the table of the claims', () => {
  it('has the four, for a terminal and for a page', () => {
    const judged = withClaims(rich, (claim) => ({
      ...claim,
      ...{ verdict: 'confirmed', ratio: 2.98, ci95: [2.77, 3.19], toldRatio: 3, theory: null },
    }));
    expect(claimsTable(judged, columns).split('\n').slice(0, 5)).toEqual([
      'WebSocket, times better    verdict                found [95 %]  told  theory',
      'latency                  confirmed  2.98 [2.77, 3.19] measured     3       –',
      'throughput               confirmed  2.98 [2.77, 3.19] measured     3       –',
      'energy                   confirmed  2.98 [2.77, 3.19] modelled     3       –',
      'bytes                    confirmed  2.98 [2.77, 3.19] measured     3       –',
    ]);
    expect(claimsTable(judged, markdownTable)).toContain(
      '| latency | confirmed | 2.98 [2.77, 3.19] measured | 3 | – |',
    );
  });

  it('says what is doubted and what was not measured', () => {
    const doubted = withCells(quick, (cell) => ({
      ...cell,
      doubts: [{ code: 'nagle', message: 'waits of 40 ms' }],
    }));
    expect(claimsTable(doubted, columns)).toContain('Doubts in 3 of 3 cells');
    expect(claimsTable(quick, columns)).toContain('No doubt was found in 3 cells');
    expect(claimsTable(quick, columns)).toContain('MQTT (mosquitto is not installed)');
  });

  it('has no ratio of what was not measured', () => {
    const none = withClaims(quick, (claim) => ({
      ...claim,
      verdict: 'not measured',
      ratio: 0,
      compared: ['', ''],
    }));
    expect(claimsTable(none, columns)).toMatch(/latency +not measured +– /);
    for (const text of both(none)) expect(text).not.toContain('0 measured');
  });
});

describe('what is not in the runs', () => {
  it('is said once, with what it would take', () => {
    for (const text of both(quick)) {
      expect(text).toContain('What these runs do not show');
      expect(text).toContain('Latency against rate: it takes runs at several rates.');
    }
    for (const text of both(rich)) expect(text).not.toContain('What these runs do not show');
  });

  it('is undecided where runs differ too much, with the ratio that they gave', () => {
    const unsure = withClaims(rich, (claim) => ({
      ...claim,
      verdict: 'undecided',
      ratio: 2.5,
      ci95: [0.5, 8],
    }));
    for (const text of both(unsure)) {
      expect(text).toContain('2.5 [0.5, 8] measured');
      expect(text).toContain('undecided');
    }
    expect(claimsTable(unsure, columns)).toMatch(/latency +undecided +2\.5 \[0\.5, 8\] measured/);
  });
});

describe("the README's section", () => {
  it('has the claims, the conditions and the command', () => {
    const text = comparisonSection(JSON.parse(JSON.stringify(quick)), 'full/report.md');
    for (const each of [
      '| latency | not measured |',
      '2026-01-05',
      'ARM Cortex-A72',
      quick.command,
      'abcdef012345',
    ])
      expect(text).toContain(each);
  });

  it.each([null, [], {}, { bench: 'ingest' }])('refuses %j', (stored) => {
    expect(() => comparisonSection(stored, null)).toThrow('no result');
  });
});
