/** Shown while no device has called: how to make one do so. */
export function EmptyFleet() {
  const hub = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;
  const config = `# agent.yaml
device: my-first-device
hub: ${hub}
token: TOKEN
sources:
  - name: system
    type: system`;
  return (
    <section class="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">The hub is listening. No device has called yet.</h2>
      <p>
        An agent reads sensors and sends what it reads here. On the device, write a file with the token of
        this hub, and start the agent:
      </p>
      <pre>
        <code>{config}</code>
      </pre>
      <pre>
        <code>npx weir agent --config agent.yaml</code>
      </pre>
      <p>No device at hand? Simulate ten of them, a reading a second each:</p>
      <pre>
        <code>npx weir sim --devices 10 --rate 1</code>
      </pre>
      <p class="help">This page shows them as soon as they call; there is no need to load it again.</p>
    </section>
  );
}
