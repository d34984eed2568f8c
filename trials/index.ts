/** What tries to break Weir: `torture.ts` kills real processes, `simulate.ts` plays everything on virtual time. */
export {};
