import { afterEach, describe, expect, it, vi } from 'vitest';
import { canNamespace } from '../link.js';

describe('whether a link of namespaces can be had', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('is said with what to install where a command is missing', async () => {
    vi.stubEnv('PATH', '/nowhere');
    expect(await canNamespace()).toMatch(/^\w+ is not installed \(apt-get install [\w-]+\)$/);
  });

  it('is said with the name of another system', async () => {
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    expect(await canNamespace()).toContain('darwin');
  });
});
