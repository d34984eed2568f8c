/** Real servers, serial lines and browsers for the tests of every package. */
export * from './available.js';
export * from './browser.js';
export * from './folder.js';
export * from './freezing-proxy.js';
export * from './influx1-proxy.js';
export * from './ports.js';
export * from './pty.js';
export * from './self-signed.js';
export * from './server-process.js';
export * from './servers.js';
export * from './wait.js';
