/**
 * Every error code of Weir: what it means and what to do. `npm run docs` writes docs/errors.md from it.
 * Sorted; a code names its area and its fault.
 */
export const ERRORS = {
  'agent.bad_command': 'A command to a device lacks what it needs. The message says what.',
  'agent.ca_file':
    'The file of the authority that vouches for the hub cannot be read. It is tried again at every connection.',
  'agent.closed': 'The agent was closed before the hub had confirmed all that it had read.',
  'agent.no_output': 'A value was to be set on a channel that no source of the device can set.',
  'agent.token_file': "The file of the device's token cannot be read. It is tried again at every connection.",
  'agent.unknown_command': 'A command that the agent does not know.',
  'auth.forbidden': 'The token is known, but its role or its device does not allow this.',
  'auth.token_file': 'The file of the admin token cannot be read or made, or does not hold one token.',
  'auth.too_many_failures':
    'Too many wrong tokens came from this address; the answer says when to try again.',
  'auth.unauthorized': 'No bearer token, or one that the hub does not know.',
  'bench.bad_folder':
    'The folder for the data of a benchmark cannot be used, or is in memory, where an fsync costs nothing.',
  'bench.bad_hub':
    'The hub that a comparison was pointed at cannot be reached, refuses the token, or is too old.',
  'bench.child_failed': 'A process of a benchmark, the server or the load, failed. The message says how.',
  'bench.link_failed':
    'The emulated network of a benchmark cannot be had, or has ended. The message says why.',
  'bench.other_plan':
    'The folder of a comparison holds runs of another plan. Name another one with --report, or begin anew with --fresh.',
  'bench.meter_denied': 'A power meter is there and may not be read. The message says what to do.',
  'bench.meter_failed':
    'A power meter gave no number, or was used out of turn. What it measured does not count.',
  'bench.no_meter':
    'This machine has no power meter of the kind asked for (--energy). The message says where it was looked for and what to do.',
  'bench.refused':
    'A connection of a benchmark was refused or ended, or a server answered what it should not.',
  'bench.store_behind': 'The store did not have everything in time at the end of a benchmark (--drain).',
  'bench.trace_full':
    'More packets crossed the emulated network in one run than its record can hold. Shorten the run or lower its rate.',
  'bench.wrong_count':
    'After a benchmark the store holds more or fewer readings than were acknowledged. The run counts for nothing.',
  'bridge.ack_timeout':
    'The MQTT broker is connected and acknowledges nothing. The bridge connects anew and sends again.',
  'bridge.bad_name':
    'A device or channel name cannot be part of an MQTT topic. Such readings are counted as refused.',
  'bridge.bad_stream':
    "What came on the hub's stream is no stream message, or its cursor went back: another hub, or one with a new log.",
  'bridge.broker_lost':
    'The connection to the MQTT broker ended. The bridge connects anew and goes on from its cursor.',
  'bridge.broker_refused':
    'The MQTT broker refused the connection. The message has its reason: user, password, client id, version.',
  'bridge.broker_unreachable':
    'No MQTT broker answers there. The bridge tries again; nothing is lost meanwhile.',
  'bridge.cannot_listen': 'The embedded MQTT broker cannot listen on its address.',
  'bridge.closed': 'The bridge was closed before what was waited for had happened.',
  'bridge.cursor_file':
    'The file of the cursor cannot be written. Publishing goes on; after a restart more is published again.',
  'bridge.hub_refused': 'The hub answered, and not with its stream. 401 and 403 mean the token.',
  'bridge.hub_unreachable': 'The hub does not answer, or its stream broke off. The bridge tries again.',
  'bridge.port_taken': 'The port for the embedded MQTT broker is in use. Choose another with --mqtt-port.',
  'bridge.secret_file':
    'A file that the bridge is told to read a token, a certificate or a key from cannot be read.',
  'client.hub_refused': 'The hub answered a request of a command with an error, which the message quotes.',
  'client.hub_unreachable':
    'No hub answers at the address that a command was given (--hub, WEIR_HUB). The message has the reason.',
  'config.invalid':
    'A value in a configuration file, flag or environment variable is not allowed. The message names the place and the rule.',
  'config.missing': 'A required configuration value is absent, or the file named by --config cannot be read.',
  'config.syntax': 'A configuration file is not valid YAML. The message names file, line and column.',
  'config.unknown_key':
    'A key that Weir does not know. The message names file and line and the nearest valid key.',
  'history.bad_cursor': 'A page cursor is not one that this kind of query gave. Begin again without it.',
  'history.bad_query':
    'A field of a history query is out of range. The message names the field, what is allowed and the value.',
  'history.busy': 'As many history queries are running and waiting as the hub takes. Try again later.',
  'history.cancelled': 'A history query was given up by who asked it.',
  'history.timeout':
    'A history query took longer than its limit. Ask for a shorter range, a larger step or a smaller page.',
  'history.unavailable':
    'The embedded store is not open: it is starting, waiting or switched off. `GET /readyz` and `GET /api/v1/stats` have its state.',
  'history.unknown_channel': 'No device has announced a channel of that name.',
  'hub.bad_certificate':
    "The hub's TLS certificate or key cannot be read or used. The message names the file and the reason.",
  'hub.bad_request':
    'An HTTP request is not what the endpoint takes. The message names the place, the limit and the value.',
  'hub.body_too_large': 'The body of an HTTP request is over the limit (limits.body_bytes).',
  'hub.busy':
    'More connections, subscriptions or waiting requests than the hub takes; the answer says when to try again.',
  'hub.cannot_listen': 'The hub cannot listen on the address given. The message names it and the reason.',
  'hub.command_timeout':
    'A device did not answer a command in time; whether it was carried out is unknown, unless the message says that the device never came for it.',
  'hub.device_offline':
    'A command for a device that is not connected and has not asked for commands lately, or whose connection ended before the reply.',
  'hub.no_hello':
    'A connection did not say in time which device it is: something other than a device, or one that hangs.',
  'hub.no_history':
    'Past readings were asked for, but the embedded store is switched off (stores.duckdb.enabled).',
  'hub.not_found': 'No such device, channel or address.',
  'hub.port_taken': 'Another program listens on the port. The message names the flag that changes it.',
  'hub.replaced': 'A newer request for commands of the same device took over from this one, which waited.',
  'hub.scattered_sequences':
    'A device left more holes in its sequences than lost messages can explain, or all devices together more than the hub remembers.',
  'hub.stopping': 'The hub is stopping; come back after the delay given.',
  'hub.too_many_commands': 'Too many commands to one device are unanswered.',
  'hub.too_many_devices': 'A new device would be one more than the limit (limits.devices).',
  'hub.too_many_epochs':
    'A device brings more epochs than the hub has room to remember, of all devices together (limits.epochs).',
  'hub.unsupported_media_type': 'The content type of a request body is not one that the endpoint takes.',
  'hub.worker_failed': 'A worker thread of the hub ended unexpectedly.',
  'influx.not_found':
    'InfluxDB has no such bucket, database or organisation. Make it; what is missing is then written from the log.',
  'influx.refused':
    'InfluxDB refuses whole requests, for a reason that is not about single lines. Check its URL; nothing is lost meanwhile.',
  'influx.unauthorized': 'InfluxDB does not accept the token for this bucket. Nothing is lost meanwhile.',
  'influx.unreachable':
    'InfluxDB does not answer or is overloaded. Writing goes on from the log when it does.',
  'internal.unexpected': 'A fault that Weir did not foresee. Please report it with its log.',
  'log.bad_offset': 'An offset or cursor is not a non-negative integer.',
  'log.bad_record': 'A record in a log passed its checksum but is not a record that this version knows.',
  'log.beyond_end':
    'A reader asks for an offset behind the end of the log: the log has lost its end, or the cursor is of another log.',
  'log.closed': 'The log was used after it was closed, or closed before what was waited for was durable.',
  'log.cursor_damaged':
    'The file of a cursor is not what was written. Remove it to begin again at the start of the log.',
  'log.disk_full':
    'The disk or the quota is full. Nothing more is confirmed; it goes on by itself when there is space.',
  'log.failed':
    'The system reported an error in writing the log. Nothing more is confirmed until a fresh file can be written; check the disk.',
  'log.io':
    'The directory or a file of a log cannot be opened or read. The message has the path and the reason of the system.',
  'log.locked':
    'Another process writes this log. The message names it; end it, or use another data directory.',
  'log.overloaded': 'More bytes wait for the disk than the log may hold in memory. Try again later.',
  'log.record_too_large': 'A record is larger than the log takes.',
  'log.unflushed': 'The log was closed while the disk did not take what was appended last.',
  'log.unknown_version': 'A segment file was written by a newer version of Weir.',
  'protocol.array_too_long':
    "A frame's arrays hold more elements than the limit, or a frame has elements that this version does not know.",
  'protocol.channel_conflict':
    'A describe frame gives a known channel another type or unit. Use a new channel name.',
  'protocol.column_length': 'A column of a readings frame has not as many values as times.',
  'protocol.device_mismatch': 'A device called itself by another name than its token is for.',
  'protocol.frame_too_large': 'A frame is longer than the limit in bytes. Send fewer readings in each.',
  'protocol.hello_expected': 'A frame that needs a session came before the hello frame.',
  'protocol.invalid_name':
    'A device or channel name breaks the rules of names: 128 bytes of letters, digits and `_ - . :`, and `/` between parts of a channel name.',
  'protocol.malformed':
    'Bytes that are not one well-formed item of the CBOR subset that Weir speaks. The message names the offset.',
  'protocol.not_finite': 'A reading is NaN or an infinity.',
  'protocol.out_of_range':
    'A number in a frame is outside its range. The message names the field and the bound.',
  'protocol.repeated_channel': 'A frame has two columns, or two descriptions, of one channel.',
  'protocol.string_too_long': 'A text or byte string in a frame is longer than the limit in bytes.',
  'protocol.too_deep': 'The arrays of a frame are nested deeper than the limit.',
  'protocol.too_many_channels': 'A device describes more channels than it may have.',
  'protocol.too_many_readings': 'A readings frame holds more readings than the limit.',
  'protocol.unknown_channel':
    'Readings came for a channel that no describe frame of their epoch had introduced.',
  'protocol.unknown_epoch': 'A frame names an epoch that hello did not announce.',
  'protocol.unknown_type': 'A frame is of a type that this side does not accept.',
  'protocol.unsupported_version': 'The other side speaks a version of the protocol that this one does not.',
  'protocol.value_type': "A reading's value is not of its channel's type.",
  'protocol.wrong_type': 'A field of a frame is missing or of the wrong type. The message names it.',
  'sampler.bad_setting': 'A rate or deadband sent to a running agent is negative or not a number.',
  'sampler.unknown_channel':
    'A change of sampling names a channel that this agent has not recorded since it started.',
  'sim.not_connected': 'No device of a simulated fleet could connect. The message says why.',
  'sim.no_line': 'The simulated microcontroller could not make its serial line (socat failed, or no port).',
  'sink.closed': 'A store was asked for something after it had been closed.',
  'sink.unknown_series': 'The log names a series that the hub has not announced to its stores yet.',
  'sink.worker_ended':
    "A store's worker thread ended by a fault. It is started again and goes on from its cursor.",
  'source.bad_value': 'An output was asked to take a value that it cannot take.',
  'source.no_output': 'A value was set on a channel that is not an output.',
  'source.unavailable': 'The device or tool behind an output is not there now. The message says which.',
  'store.corrupt':
    'The file of the embedded store is damaged or something else. Move it away; a new one is filled from the log.',
  'store.disk_full': 'The embedded store has no room. It goes on by itself when there is space.',
  'store.failed': 'The embedded store reported an error, which the message quotes.',
  'store.locked': 'Another process has the file of the embedded store open. DuckDB lets in one at a time.',
  'store.newer_schema': 'The embedded store was written by a newer version.',
  'store.series_conflict':
    'The embedded store was filled from another log. Move it away; a new one is filled from this log.',
  'store.unreachable':
    'The file of the embedded store cannot be opened. The message has the reason of the system.',
  'up.no_data_folder': 'The folder for the state of `weir up` cannot be made. Choose another with --data.',
} as const;

export type ErrorCodeName = keyof typeof ERRORS;
