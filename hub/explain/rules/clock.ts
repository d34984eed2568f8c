/** Are the times right? */
import { NOTHING, type Rule } from '../finding.js';
import { duration, time } from '../words.js';

/** A new connection needs an exchange or two to know the time. */
const SETTLING_US = 15e6;
const COARSE_US = 1e6;

export const clock: Rule = ({ known, nowUs }) => {
  const connection = known?.connection ?? null;
  const estimate = connection?.clock ?? null;
  if (connection === null || estimate === null) return NOTHING;
  const { source, uncertaintyUs } = estimate;
  const off = duration(uncertaintyUs);
  const { sinceUs } = connection;
  if (connection.implausibleClockUs !== null) {
    return [
      {
        ...{ severity: 'warning', code: 'clock.implausible', sinceUs: connection.implausibleClockUs },
        message: `at ${time(connection.implausibleClockUs)} it sent a time that the hub's clock contradicts; it is not used, times are right to ${off}`,
        advice:
          "Is the hub's own clock right, and was it set while the device was connected? Restart the agent if not.",
      },
    ];
  }
  if (nowUs - sinceUs < SETTLING_US || (source === 'synced' && uncertaintyUs < COARSE_US)) return NOTHING;
  if (source === 'synced') {
    return [
      {
        ...{ severity: 'note', code: 'clock.coarse', sinceUs },
        message: `the way to the device is so slow that its times are known to ${off} only`,
        advice: 'Nothing is lost. A network with less delay makes the times more exact.',
      },
    ];
  }
  const by = source === 'device' ? "by the device's own clock" : 'from when its hello came';
  return [
    {
      ...{ severity: 'warning', code: 'clock.unsynced', sinceUs },
      message: `its clock was never compared with the hub's: times are placed ${by} and may be off by ${off}`,
      advice: 'Agents compare clocks by themselves (probe frames): update this one, or let its client do so.',
    },
  ];
};
