/** Small pictures. State is told by shape and word as well as by colour. */
import type { DeviceState } from '../api/types.js';

/** The drafting mark of a water level: a triangle on the surface, shorter lines below. */
export function LevelMark() {
  return (
    <svg class="level-mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M7.2 3.6h9.6L12 10.8z" fill="currentColor" />
      <path
        d="M1.5 13h21M5.5 17h13M9.5 21h5"
        stroke="currentColor"
        stroke-width="1.6"
        stroke-linecap="round"
      />
    </svg>
  );
}

const SHAPES = {
  online: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  stale: (
    <path
      d="M6 1.2 11 10.4H1z"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linejoin="round"
    />
  ),
  offline: (
    <path
      d="M2 2h8v8H2zM2 10 10 2"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linejoin="round"
    />
  ),
} as const;

export function StateMark({ state }: { state: DeviceState }) {
  return (
    <svg class={`state-mark ${state}`} viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  );
}

export function StateBadge({ state, word = state }: { state: DeviceState; word?: string }) {
  return (
    <span class={`state ${state}`}>
      <StateMark state={state} />
      {word}
    </span>
  );
}
