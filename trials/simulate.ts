/** `npm run simulate`: agents, hub, sinks, disks and network on virtual time, from a seed. */
export {};
