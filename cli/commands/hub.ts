import { startHub } from '@weir/hub';
import { createLogger } from '@weir/runtime';
import { Command } from 'commander';
import { HUB } from '../apps.js';
import { addConfigOptions, readConfig } from '../config-options.js';
import { addLogOption, ended, untilInterrupted, type LogOption } from '../session.js';

export function hubCommand(): Command {
  const command = new Command('hub')
    .description('Receive, store and serve the readings of devices.')
    .addHelpText(
      'after',
      `
Examples:
  weir hub --data-dir /var/lib/weir --listen-host 0.0.0.0
  weir hub --config hub.yaml
The admin token is made at the first start and kept in DATA_DIR/token.`,
    );
  return addLogOption(addConfigOptions(command, HUB)).action(async (options: LogOption) => {
    const config = readConfig(HUB, { ...options }, process.env);
    const logger = createLogger({ name: 'hub', level: options.logLevel });
    const signal = untilInterrupted();
    const hub = await startHub(config, { logger });
    await ended(signal);
    await hub.close();
  });
}
