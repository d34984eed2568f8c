/**
 * Every error code of Weir: what it means and what to do. `npm run docs` writes docs/errors.md from it.
 * Sorted; a code names its area and its fault.
 */
export const ERRORS = {
  'config.invalid':
    'A value in a configuration file, flag or environment variable is not allowed. The message names the place and the rule.',
  'config.missing': 'A required configuration value is absent, or the file named by --config cannot be read.',
  'config.syntax': 'A configuration file is not valid YAML. The message names file, line and column.',
  'config.unknown_key':
    'A key that Weir does not know. The message names file and line and the nearest valid key.',
  'internal.unexpected': 'A fault that Weir did not foresee. Please report it with its log.',
  'log.bad_record': 'A record in a log passed its checksum but is not a record that this version knows.',
  'sampler.bad_setting': 'A rate or deadband sent to a running agent is negative or not a number.',
  'sampler.unknown_channel':
    'A change of sampling names a channel that this agent has not recorded since it started.',
  'sim.no_line': 'The simulated microcontroller could not make its serial line (socat failed, or no port).',
  'source.bad_value': 'An output was asked to take a value that it cannot take.',
  'source.no_output': 'A value was set on a channel that is not an output.',
  'source.unavailable': 'The device or tool behind an output is not there now. The message says which.',
  'up.no_data_folder': 'The folder for the state of `weir up` cannot be made. Choose another with --data.',
  'up.hub_refused': 'The hub answered a request of `weir up` with an error, which the message quotes.',
} as const;

export type ErrorCodeName = keyof typeof ERRORS;
