/** The OpenAPI document: whole, and true. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { request, startTestHub, WireDevice } from './hub.testing.js';

interface Operation {
  readonly summary?: string;
  readonly tags?: string[];
  readonly security?: object[];
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object> };
}

const ID = 'hub.json';

/** Answers checked against what the document says of them. References are made absolute, as in the document. */
function validatorFor(document: Document): InstanceType<typeof Ajv2020> {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ ...document, $id: ID });
  return ajv;
}

function schemaOf(path: string, method: string, status: number): { $ref: string } {
  const pointer = [
    'paths',
    path,
    method,
    'responses',
    String(status),
    'content',
    'application/json',
    'schema',
  ];
  const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  return { $ref: `${ID}#/${escaped.join('/')}` };
}

describe('the OpenAPI document', () => {
  it('describes every endpoint, each with a summary, a tag, answers, and whether it needs a token', async () => {
    const hub = await startTestHub();
    const document = (await request(hub, '/api/docs/json')).body as unknown as Document;
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(
      Object.entries(document.paths)
        .flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`))
        .sort(),
    ).toEqual([
      'get /api/v1/channels',
      'get /api/v1/devices',
      'get /api/v1/devices/{device}',
      'get /api/v1/devices/{device}/commands',
      'get /api/v1/devices/{device}/explain',
      'get /api/v1/devices/{device}/ledger',
      'get /api/v1/quarantine',
      'get /api/v1/readings',
      'get /api/v1/readings/count',
      'get /api/v1/stats',
      'get /api/v1/stream',
      'get /healthz',
      'get /metrics',
      'get /readyz',
      'post /api/v1/devices/{device}/commands',
      'post /api/v1/devices/{device}/replies',
      'post /api/v1/quarantine/drop',
      'post /api/v1/quarantine/retry',
      'post /api/v1/readings',
    ]);
    for (const [path, item] of Object.entries(document.paths)) {
      for (const operation of Object.values(item)) {
        expect(operation.summary, path).toBeTruthy();
        expect(operation.tags, path).toHaveLength(1);
        expect(operation.responses, path).not.toEqual({});
        expect(operation.security, path).toEqual(path.endsWith('z') ? [] : [{ bearer: [] }]);
      }
    }
  });

  it('has schemas that are schemas, with no reference to nowhere', async () => {
    const hub = await startTestHub();
    const document = (await request(hub, '/api/docs/json')).body as unknown as Document;
    const ajv = validatorFor(document);
    for (const name of Object.keys(document.components.schemas)) {
      expect(() => ajv.compile({ $ref: `${ID}#/components/schemas/${name}` }), name).not.toThrow();
    }
    for (const [, reference] of JSON.stringify(document).matchAll(
      /"\$ref":"#\/components\/schemas\/([^"]+)"/g,
    )) {
      expect(document.components.schemas).toHaveProperty([reference ?? '']);
    }
  });

  it('says what the endpoints really answer', async () => {
    const hub = await startTestHub({ stores: { duckdb: { enabled: true } } });
    const device = await WireDevice.open(hub);
    device.describe(1);
    device.readings(2);
    await device.acked(2);
    const document = (await request(hub, '/api/docs/json')).body as unknown as Document;
    const ajv = validatorFor(document);
    const paths: [path: string, query: string, status: number][] = [
      ['/healthz', '', 200],
      ['/readyz', '', 200],
      ['/api/v1/devices', '', 200],
      ['/api/v1/channels', '?device=pi-1', 200],
      ['/api/v1/stats', '', 200],
      ['/api/v1/stream', '?from=start', 200],
      ['/api/v1/readings', '?device=pi-1&channel=boiler/temperature&wait=30s', 200],
      ['/api/v1/readings/count', '', 200],
      ['/api/v1/devices/{device}/ledger', '', 200],
      ['/api/v1/devices/{device}/commands', '', 200],
    ];
    for (const [path, query, status] of paths) {
      const answer = await request(hub, path.replace('{device}', 'pi-1') + query);
      expect(answer.status, path).toBe(status);
      const valid = ajv.compile(schemaOf(path, 'get', status));
      expect([path, valid(answer.body), valid.errors]).toEqual([path, true, null]);
    }
  });

  it('is shown with a page of its own, which runs no foreign script', async () => {
    const hub = await startTestHub();
    const page = await fetch(`${hub.url}/api/docs/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
  });
});
