/**
 * A hub in a process of its own, on a folder that somebody damaged: a native library that gives up takes its process
 * with it. The folder is the first argument. It says where it is, or why it does not start; `close` ends it.
 */
import { once } from 'node:events';
import { WeirError } from '@weir/runtime';
import { hubConfigSchema } from '../config.js';
import { startHub } from '../main.js';

const config = hubConfigSchema.parse({
  data_dir: process.argv[2],
  listen: { port: 0 },
  log: { segment_bytes: 4_096 },
  stores: { duckdb: { max_delay: 20 } },
  vitals: { interval: 0 },
});
try {
  const hub = await startHub(config);
  process.send?.({ url: hub.url, token: hub.token });
  await once(process, 'message');
  await hub.close();
} catch (thrown) {
  const { code, message } = WeirError.from(thrown);
  process.send?.({ code, message });
}
process.disconnect();
