import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { App } from '../listen/http-server.js';

/** Everything from here, nothing from elsewhere, in nobody's frame. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Folder of the built console, or null where it is not installed or not built. */
export function consoleFolder(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve('@weir/console/package.json');
    const folder = join(dirname(manifest), 'dist');
    return existsSync(join(folder, 'index.html')) ? folder : null;
  } catch {
    return null;
  }
}

/** Serves the console at `/`. Its files need no token; what it shows does. */
export async function consoleRoutes(app: App, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/',
    wildcard: false,
    cacheControl: false,
    setHeaders(response, path) {
      // Built files carry a hash of their content in their names; the page itself does not.
      const forever = path.includes(join('dist', 'assets'));
      response.setHeader('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache');
      response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
    },
  });
}
