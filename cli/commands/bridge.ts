import { startBridge } from '@weir/bridge';
import { createLogger } from '@weir/runtime';
import { Command } from 'commander';
import { BRIDGE } from '../apps.js';
import { addConfigOptions, readConfig } from '../config-options.js';
import { addLogOption, ended, untilInterrupted, type LogOption } from '../session.js';

export function bridgeCommand(): Command {
  const command = new Command('bridge')
    .description(
      'Publish the readings of a hub to an MQTT broker (3.1.1 or 5), at least once, from a kept cursor.',
    )
    .addHelpText(
      'after',
      `
Example:
  weir bridge --hub http://127.0.0.1:8087 --token-file token --broker mqtt://broker:1883
Topics: weir/DEVICE/CHANNEL, retained weir/DEVICE/status.`,
    );
  return addLogOption(addConfigOptions(command, BRIDGE)).action(async (options: LogOption) => {
    const config = readConfig(BRIDGE, { ...options }, process.env);
    const logger = createLogger({ name: 'bridge', level: options.logLevel });
    const signal = untilInterrupted();
    const bridge = await startBridge(config, { logger });
    logger.info({ hub: config.hub, broker: config.broker }, 'the bridge runs; Ctrl-C ends it');
    await ended(signal);
    await bridge.close();
  });
}
