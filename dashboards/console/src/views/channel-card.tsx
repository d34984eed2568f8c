import { useEffect, useRef } from 'preact/hooks';
import { ChannelPanel, type PanelContext } from '../charts/channel-panel.js';
import type { Sight } from '../charts/sight.js';
import { onThemeChange } from '../charts/theme.js';
import type { ChannelSeries } from '../store/channel-series.js';
import { printedUnit } from '../store/format.js';

interface ChannelCardProps {
  readonly series: ChannelSeries;
  /** Name within its group. */
  readonly label: string;
  readonly windowMs: number;
  readonly context: PanelContext;
  readonly sight: Sight;
}

/** A channel: its value now, large, and its chart. Rendered once; from then on `ChannelPanel` writes into it. */
export function ChannelCard({ series, label, windowMs, context, sight }: ChannelCardProps) {
  const card = useRef<HTMLElement>(null);
  const value = useRef<HTMLSpanElement>(null);
  const age = useRef<HTMLSpanElement>(null);
  const late = useRef<HTMLSpanElement>(null);
  const cursor = useRef<HTMLSpanElement>(null);
  const chart = useRef<HTMLDivElement>(null);
  const panel = useRef<ChannelPanel | null>(null);
  useEffect(() => {
    const elements = {
      card: present(card.current),
      value: present(value.current),
      age: present(age.current),
      late: present(late.current),
      cursor: present(cursor.current),
      chart: present(chart.current),
    };
    const made = new ChannelPanel(series, elements, context);
    panel.current = made;
    const unwatch = sight.watch(elements.card, made);
    const unsubscribe = onThemeChange(() => made.invalidate());
    return () => {
      unwatch();
      unsubscribe();
      made.destroy();
    };
  }, [series, context, sight]);
  useEffect(() => panel.current?.show(windowMs), [series, context, sight, windowMs]);
  return (
    <article ref={card} class={`card ${series.type}`} aria-label={series.name} data-channel={series.name}>
      <h4 title={series.name}>{label}</h4>
      <p class="value">
        <span ref={value} class="figures">
          –
        </span>
        {series.unit !== '' && <small title={series.unit}>{printedUnit(series.unit)}</small>}
      </p>
      <div ref={chart} class="chart" role="img" aria-label={`${series.name} over time`} />
      <p class="foot">
        <span ref={cursor} class="cursor figures" aria-hidden="true" />
        <span
          ref={late}
          class="late figures"
          title="readings that came later than 10 s after they were taken"
        />
        <span ref={age} class="age figures" />
      </p>
    </article>
  );
}

function present(element: HTMLElement | null): HTMLElement {
  if (element === null) throw new TypeError('the card is not in the document');
  return element;
}
