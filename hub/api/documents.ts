import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { App } from '../listen/http-server.js';
import { CONTENT_SECURITY_POLICY } from './console.js';

/** Describes every route registered after this, at /api/docs (for people) and /api/docs/json (OpenAPI 3.1). */
export async function documentRoutes(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Weir hub', description: API_DESCRIPTION, version },
      tags: [
        { name: 'readings', description: 'Readings in and out' },
        { name: 'devices', description: 'Devices, their channels, and commands to them' },
        { name: 'stores', description: 'What a store refused for good' },
        { name: 'hub', description: 'The hub itself' },
      ],
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform(source) {
      const { schema, url } = jsonSchemaTransform(source);
      const roles = source.route.config?.roles;
      const open = roles === undefined;
      return {
        url,
        schema: { ...schema, security: open ? [] : [{ bearer: [] }], ...(open ? {} : rolesOf(roles)) },
      };
    },
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { css: [{ filename: 'plain.css', content: '.swagger-ui .topbar { display: none }' }] },
  });
}

function rolesOf(roles: readonly string[]): object {
  return { 'x-roles': ['admin', ...roles.filter((role) => role !== 'admin')] };
}

const API_DESCRIPTION = `Times are UTC microseconds. Errors are \`{"error":{"code","message","limit","value"}}\`.

WebSockets on the same port: \`/api/v1/connect\` (subprotocol \`weir.v1\`, for devices) and \`/api/v1/stream\` (subprotocol
\`weir.stream.v1\`, live readings as JSON; \`?from=now|start|CURSOR&device=&channel=\`; \`&mode=live\` for a
page that shows what is now: old readings are told of as \`left_out\`, not sent). A browser gives its token as one more
subprotocol, \`bearer.TOKEN\`. The stream comes as server-sent events and by polls as well: docs/stream.md.`;
