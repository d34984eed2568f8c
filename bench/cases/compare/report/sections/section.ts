import type { CompareResults } from '../../results.js';
import type { Block, Section, TextBlock } from '../document.js';

/** Makes one part of the report; its blocks are none when there is nothing to say. */
export type SectionMaker = (results: CompareResults) => Section;

export function text(words: string): TextBlock {
  return { kind: 'text', text: words };
}

/** The blocks, or what it would take to have some. */
export function orMissing(blocks: readonly Block[], needs: string): Pick<Section, 'blocks' | 'needs'> {
  return blocks.length > 0 ? { blocks } : { blocks, needs };
}
