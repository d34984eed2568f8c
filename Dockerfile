# syntax=docker/dockerfile:1
#
# Images of Weir for linux/amd64 and linux/arm64, one target each:
#
#   docker build --target hub -t weir/hub .
#   docker buildx build --platform linux/amd64,linux/arm64 --target agent -t weir/agent .
#
#   manifests ─┬─> build (compiles, on the builder's own processor) ─┐
#              └─> modules (what runs, for the image's processor) ───┴─> weir ─> hub, bridge, agent, simulator
#
# All targets share their layers: they differ in command, settings and tools. Nothing runs as root.

FROM --platform=$BUILDPLATFORM node:20-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY protocol/package.json protocol/
COPY log/package.json log/
COPY runtime/package.json runtime/
COPY device-agent/package.json device-agent/
COPY hub/package.json hub/
COPY bridge/package.json bridge/
COPY firmware-sim/package.json firmware-sim/
COPY bench/package.json bench/
COPY trials/package.json trials/
COPY dashboards/console/package.json dashboards/console/
COPY testing/package.json testing/
COPY cli/package.json cli/

FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY . .
RUN npm run build \
  && mkdir -p /out/node_modules/@weir/console \
  && cp -r --parents LICENSE */dist bench/energy/profiles cli/bin /out \
  && cp -r dashboards/console/package.json dashboards/console/dist /out/node_modules/@weir/console \
  && rm -r /out/testing /out/trials \
  && find /out -type f \( -name '*.test.*' -o -name '*.testing.*' -o -name '*.d.ts' -o -name '*.map' -o -name '.tsbuildinfo' \) -delete

# npm chooses the prebuilt binaries (DuckDB, serial port) for the processor it is told, so no emulation is needed.
FROM manifests AS modules
ARG TARGETARCH
RUN --mount=type=cache,target=/root/.npm \
  npm ci --omit=dev --ignore-scripts --workspace weir --include-workspace-root=false \
  --os=linux --libc=glibc --cpu="$(echo "$TARGETARCH" | sed s/amd64/x64/)"

FROM node:20-bookworm-slim AS weir
# tini: signals reach Weir, and child processes (gpiomon) that end are reaped.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=modules /app ./
COPY --from=build /out ./
# Folders that volumes are mounted on: a new volume takes their owner.
RUN mkdir -p /var/lib/weir /run/weir \
  && chown node:node /var/lib/weir /run/weir \
  && chmod 700 /var/lib/weir /run/weir
ENV NODE_ENV=production
USER node
ENTRYPOINT ["tini", "--", "node", "/app/cli/bin/weir.cjs"]
CMD ["--help"]

FROM weir AS hub
ENV WEIR_HUB_LISTEN_HOST=0.0.0.0 WEIR_HUB_DATA_DIR=/var/lib/weir
EXPOSE 8087
VOLUME /var/lib/weir
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8087/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["hub"]

FROM weir AS bridge
ENV WEIR_BRIDGE_CURSOR_FILE=/var/lib/weir/bridge.cursor
VOLUME /var/lib/weir
CMD ["bridge"]

FROM weir AS simulator
CMD ["sim"]

# docker run --device /dev/ttyUSB0 -v ./agent.yaml:/etc/weir/agent.yaml:ro -v weir-spool:/var/lib/weir weir/agent
# For GPIO also: --device /dev/gpiochip0 --group-add GROUP-OF-THAT-FILE
FROM weir AS agent
USER root
RUN apt-get update \
  && apt-get install --yes --no-install-recommends gpiod \
  && rm -rf /var/lib/apt/lists/* \
  && usermod --append --groups dialout node
USER node
ENV WEIR_AGENT_SPOOL_DIR=/var/lib/weir/spool
VOLUME /var/lib/weir
CMD ["agent", "--config", "/etc/weir/agent.yaml"]
