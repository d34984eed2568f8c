/** A hub in a process of its own, to be killed. Its folder is the first argument; it says where it is once it listens. */
import { hubConfigSchema } from './config.js';
import { startHub } from './main.js';

const config = hubConfigSchema.parse({
  data_dir: process.argv[2],
  listen: { port: 0 },
  stores: { duckdb: { enabled: false } },
});
const { url, token } = await startHub(config);
process.send?.({ url, token });
