/** Flags of a command, made from the zod schema of its app; the same schema checks the file and the environment. */
import { Option, type Command } from 'commander';
import { environmentNameOf, flagOf, leavesOf, loadConfig, type Leaf } from '@weir/runtime';
import type { z } from 'zod';

export interface ConfigCommand<T extends z.ZodObject> {
  readonly schema: T;
  readonly envPrefix: string;
}

/** Adds `--config FILE` and a flag for every scalar setting. */
export function addConfigOptions<T extends z.ZodObject>(
  command: Command,
  { schema, envPrefix }: ConfigCommand<T>,
): Command {
  command.option('-c, --config <file>', 'YAML file of settings (docs/config.md)');
  for (const leaf of leavesOf(schema).filter((each) => each.scalar))
    command.addOption(optionOf(leaf, envPrefix));
  return command.addHelpText(
    'after',
    '\nFlags win over environment variables, these over the file, it over the defaults.',
  );
}

function optionOf(leaf: Leaf, envPrefix: string): Option {
  const flag = flagOf(leaf);
  const fallback =
    leaf.defaultText === null || leaf.defaultText === '' ? '' : `default ${leaf.defaultText}, `;
  return new Option(
    `${flag} <${argumentOf(leaf)}>`,
    `${leaf.description} (${fallback}${environmentNameOf(leaf, envPrefix)})`,
  );
}

function argumentOf(leaf: Leaf): string {
  if (leaf.boolean) return 'true|false';
  return leaf.kind.length > 24 ? 'value' : leaf.kind.replaceAll(' ', '');
}

/** The checked configuration from what commander parsed, the environment and the file. */
export function readConfig<T extends z.ZodObject>(
  { schema, envPrefix }: ConfigCommand<T>,
  options: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
): z.output<T> {
  const flags = Object.fromEntries(Object.entries(options).map(([name, value]) => [kebab(name), value]));
  const file = typeof options.config === 'string' ? options.config : undefined;
  return loadConfig(schema, { file, flags, env, envPrefix });
}

/** A flag's name from what commander calls it: `listenPort` is `listen-port`. */
export function kebab(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
