/** Rows of equal length as text; the first one is the heading. For a terminal or for a page. */
export type TableFormat = (rows: readonly (readonly string[])[]) => string;

/** Aligned text: the first column to the left, the others to the right. */
export const columns: TableFormat = (rows) => {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** A table of GitHub's Markdown. */
export const markdownTable: TableFormat = ([heading = [], ...rows]) => {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heading), line(heading.map((_, at) => (at === 0 ? ':--' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
};

/** A measured number with the three digits that mean something: `613,000`, `0.482`; `–` where there is none. */
export function significant(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return new Intl.NumberFormat('en', { maximumSignificantDigits: 3 }).format(value);
}
