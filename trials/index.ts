/** What tries to break Weir. */
export {};
