import { startAgent } from '@weir/device-agent';
import { createLogger } from '@weir/runtime';
import { Command } from 'commander';
import { AGENT } from '../apps.js';
import { addConfigOptions, readConfig } from '../config-options.js';
import { addLogOption, ended, untilInterrupted, type LogOption } from '../session.js';

export function agentCommand(): Command {
  const command = new Command('agent')
    .description('Read the sensors of this device and stream their readings to a hub.')
    .addHelpText(
      'after',
      `
Example:
  weir agent --config agent.yaml
device-agent/agent.example.yaml is a commented start. Readings wait in the spool while the hub is away.`,
    );
  return addLogOption(addConfigOptions(command, AGENT)).action(async (options: LogOption) => {
    const config = readConfig(AGENT, { ...options }, process.env);
    const logger = createLogger({ name: 'agent', level: options.logLevel });
    if (config.sources.length === 0) logger.warn('no sources are configured: there is nothing to read');
    const signal = untilInterrupted();
    const agent = await startAgent(config, { logger });
    logger.info(
      { device: config.device, hub: config.hub, sources: config.sources.length },
      'the agent runs; Ctrl-C ends it',
    );
    await ended(signal);
    await agent.close();
  });
}
