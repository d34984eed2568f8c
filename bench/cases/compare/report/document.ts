/** What the report says, free of form: the page and the Markdown are made from the same document. */
import type { Claim } from '../analysis/analysis.js';
import type { Method } from '../scenario.js';

export interface ReportDocument {
  readonly title: string;
  readonly sections: readonly Section[];
}

export interface Section {
  /** Of a link to it: letters and dashes. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  /** What it would take to have it in the report; the blocks are none then. */
  readonly needs?: string;
}

export type Block = TextBlock | ListBlock | CodeBlock | TableBlock | ClaimBlock | LineFigure | RowFigure;
export type Figure = LineFigure | RowFigure;

/** The first row is the heading. */
export type Rows = readonly (readonly string[])[];

export interface TextBlock {
  readonly kind: 'text';
  readonly text: string;
}

export interface ListBlock {
  readonly kind: 'list';
  readonly items: readonly string[];
}

export interface CodeBlock {
  readonly kind: 'code';
  readonly text: string;
}

export interface TableBlock {
  readonly kind: 'table';
  /** A long one that few need: shown when asked for. */
  readonly folded?: boolean;
  readonly title: string;
  readonly rows: Rows;
}

export interface ClaimBlock {
  readonly kind: 'claim';
  readonly claim: Claim;
  readonly basis: Basis;
  /** Which two methods, and under which conditions; '' where they were not measured. */
  readonly compared: string;
  /** Told, theory and found. */
  readonly plot: RowFigure;
}

/** Where a figure comes from; the two are never mixed. */
export type Basis = 'measured' | 'modelled';

/** Who is shown: always in the same colour and with the same mark. */
export interface Series {
  readonly name: string;
  readonly method: Method;
  /** Tells series of one method apart. */
  readonly variant: number;
}

export interface AxisSpec {
  /** With its unit. */
  readonly label: string;
  readonly kind: 'log' | 'linear';
  /** What headings of tables say in place of the label. */
  readonly unit?: string;
  /** Ticks at powers of ten alone. */
  readonly decades?: boolean;
  /** A value in tables and beside marks; three digits unless told. */
  readonly text?: (value: number) => string;
  /** The same at a tick. */
  readonly tick?: (value: number) => string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low?: number | null;
  readonly high?: number | null;
  readonly theory?: number | null;
}

export interface Line {
  readonly series: Series;
  readonly points: readonly Point[];
}

interface FigureBase {
  /** Says what is seen. */
  readonly title: string;
  /** Says how to read it, and what to see in it. */
  readonly caption: string;
  /** Panels have one scale unless this is false. */
  readonly shared?: boolean;
}

interface PanelText {
  readonly title: string;
  /** What to see in this panel, from its data. */
  readonly note?: string;
}

/** Small multiples of lines. */
export interface LineFigure extends FigureBase {
  readonly kind: 'lines';
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  /** Points close together: a line alone. */
  readonly curves?: boolean;
  readonly panels: readonly (PanelText & { readonly lines: readonly Line[] })[];
  /** In place of a table of all points. */
  readonly rows?: Rows;
}

export interface Mark {
  /** Heading of its column. */
  readonly part: string;
  readonly kind: 'bar' | 'dot' | 'hollow' | 'tick';
  readonly at: number;
  readonly low?: number | null;
  readonly high?: number | null;
}

export interface Row {
  readonly label: string;
  readonly series: Series | null;
  readonly marks: readonly Mark[];
  /** Stands at the end of the row. */
  readonly value?: string;
}

/** Small multiples of rows: bars that stand on one another, dots, ticks. */
export interface RowFigure extends FigureBase {
  readonly kind: 'rows';
  readonly x: AxisSpec;
  /** A line across all rows. */
  readonly reference?: { readonly at: number; readonly text: string };
  readonly panels: readonly (PanelText & { readonly rows: readonly Row[] })[];
}
