/** A bridge in a process of its own, to be killed. Configuration: JSON in the first argument. */
import { bridgeConfigSchema } from './config.js';
import { startBridge } from './main.js';

await startBridge(bridgeConfigSchema.parse(JSON.parse(process.argv[2] ?? '{}')));
