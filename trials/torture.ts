/** `npm run torture`: hub, agents and mosquitto as real processes, killed at random. */
export {};
