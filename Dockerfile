# Node.js and npm, to build with.
ARG NODE_IMAGE=node:24-slim
# Node.js of the same major version, to run on: no npm, no shell, no setuid files. Name both by digest in production.
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.js scripts/bundle.js scripts/notices.js ./scripts/
COPY client ./client
COPY schemas ./schemas
COPY routes ./routes
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM ${RUNTIME_IMAGE}
# What the image was made from; docs/deployment.md sets them.
ARG RUNTIME_IMAGE
ARG VERSION=unknown
ARG REVISION=unknown
ARG SOURCE=unknown
ARG BASE_DIGEST=unknown
LABEL org.opencontainers.image.title="personalize-kms-policy-service" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${RUNTIME_IMAGE}" \
      org.opencontainers.image.base.digest="${BASE_DIGEST}" \
      org.opencontainers.image.description="Generates and verifies the KMS key and IAM policies that Amazon Personalize needs" \
      org.opencontainers.image.licenses="Apache-2.0"
# 0.0.0.0: nothing outside reaches the loopback interface of a container. AUTH_MODE decides who may call.
# /nodejs/bin is where distroless images have node.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/nodejs/bin \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    METRICS_PORT=9464
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# By number: Kubernetes recognises by it that this is not root, and not every base has a user `node`.
USER 1000:1000
EXPOSE 3000 9464
# Nothing is written to disk and no shell is started: run it with a read-only root file system. SIGTERM drains it.
# No entrypoint: that of node:24-slim is a shell script, that of distroless images is node itself.
ENTRYPOINT []
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "const { TLS_CERT_FILE, PORT: port } = process.env; require(TLS_CERT_FILE ? 'https' : 'http').get({ host: '127.0.0.1', port, path: '/livez', rejectUnauthorized: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
CMD ["node", "dist/src/server.js"]
