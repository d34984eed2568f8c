#!/usr/bin/env node
// The embedded store keeps threads of libuv's pool busy; fsync must not wait for them. The size counts only until the pool is
// first used, which loading an ES module already does: hence CommonJS here.
process.env.UV_THREADPOOL_SIZE ??= '8';
const { existsSync } = require('node:fs');
const { join } = require('node:path');

if (existsSync(join(__dirname, '../dist/main.js'))) {
  import('../dist/main.js');
} else {
  process.stderr.write('weir: not built yet; run: npm ci\n');
  process.exitCode = 1;
}
