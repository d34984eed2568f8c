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
} as const;

export type ErrorCodeName = keyof typeof ERRORS;
