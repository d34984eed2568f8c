/** The `weir` command: reads argv, environment and signals, and hands over. */
import { Command, CommanderError } from 'commander';
import { agentCommand } from './commands/agent.js';
import { benchCommand } from './commands/bench.js';
import { bridgeCommand } from './commands/bridge.js';
import { explainCommand } from './commands/explain.js';
import { hubCommand } from './commands/hub.js';
import { ledgerCommand } from './commands/ledger.js';
import { quarantineCommand } from './commands/quarantine.js';
import { simCommand } from './commands/sim.js';
import { upCommand } from './commands/up.js';
import { ExitCode, report } from './session.js';
import { version } from './version.js';

const program = new Command('weir')
  .description(
    'A telemetry hub for sensors: no lost reading, no duplicate, no wrong time, no unexplained silence.',
  )
  .version(version())
  .showHelpAfterError('(weir --help, or weir COMMAND --help, explains)')
  .configureHelp({ showGlobalOptions: false })
  .addCommand(upCommand())
  .addCommand(hubCommand())
  .addCommand(agentCommand())
  .addCommand(bridgeCommand())
  .addCommand(simCommand())
  .addCommand(benchCommand())
  .addCommand(explainCommand())
  .addCommand(ledgerCommand())
  .addCommand(quarantineCommand())
  .addHelpText(
    'after',
    `
First steps:
  weir up                       everything on this machine, with simulated sensors and a page to watch them
  weir hub --data-dir DIR       a hub for real devices
  weir agent --config FILE      the agent on a device (device-agent/agent.example.yaml is a start)
  weir explain DEVICE           why nothing arrives from it
  weir ledger DEVICE            what became of every frame of it
`,
  );

/** Commander's own faults are faults of usage; what it has already printed (help, version) is none. */
function throwFaults(command: Command): void {
  command.exitOverride();
  command.commands.forEach(throwFaults);
}

try {
  throwFaults(program);
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  else process.exitCode = report(error);
}
