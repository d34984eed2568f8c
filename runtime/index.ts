/** What every part of Weir stands on: time, chance, errors, configuration, logging. Nothing here knows an app. */
export * from './atomic-file.js';
export * from './backoff.js';
export * from './clock.js';
export * from './config/leaves.js';
export * from './config/load.js';
export * from './config/nearest.js';
export * from './config/units.js';
export * from './entropy.js';
export * from './error-registry.js';
export * from './errors.js';
export * from './logger.js';
export * from './make-directory.js';
