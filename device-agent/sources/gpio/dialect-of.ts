/** Which of the two command lines the installed tools speak. */
import { WeirError } from '@weir/runtime';
import { VERSION_1 } from './dialect-v1.js';
import { VERSION_2 } from './dialect-v2.js';
import type { GpioDialect } from './dialect.js';

/** From what `gpiomon --version` prints. Throws `source.unavailable` for anything else than 1.x or 2.x. */
export function dialectOf(versionText: string): GpioDialect {
  const version = /\bv?(\d+)\.\d+/.exec(versionText)?.[1];
  if (version === '1') return VERSION_1;
  if (version === '2') return VERSION_2;
  const shown = versionText.split('\n')[0]?.slice(0, 80) ?? '';
  throw new WeirError('source.unavailable', `gpiomon says "${shown}", which is neither libgpiod 1 nor 2`);
}
