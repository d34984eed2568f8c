import type { CompareResults } from '../../results.js';
import type { Block, Section, TextBlock } from '../document.js';

/** Makes one part of the report; its blocks are none when there is nothing to say. */
export type SectionMaker = (results: CompareResults) => Section;

export function text(words: string): TextBlock {
  return { kind: 'text', text: words };
}

/** What stands where a picture would have no data. */
export function orMissing(blocks: readonly Block[], needed: string): readonly Block[] {
  return blocks.length > 0 ? blocks : [text(`Not measured in these runs: it takes ${needed}.`)];
}
