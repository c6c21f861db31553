# With node and npm, to build with.
ARG NODE_IMAGE=node:22-slim
# With node of the same major version, to run on. It needs no npm, shell or user: gcr.io/distroless/nodejs22-debian12, say.
ARG RUNTIME_IMAGE=${NODE_IMAGE}

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.js ./scripts/build.js
COPY schemas ./schemas
COPY routes ./routes
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="personalize-kms-policy-service" \
      org.opencontainers.image.description="Generates and verifies the KMS key and IAM policies that Amazon Personalize needs" \
      org.opencontainers.image.licenses="Apache-2.0"
# 0.0.0.0: inside a container the loopback interface is reached by nobody. Who may call is for AUTH_MODE to say.
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
# By number: Kubernetes tells by it that this is not root, and not every base has the user `node`, whose it is in node:22-slim.
USER 1000:1000
EXPOSE 3000 9464
# Nothing is written to disk, and no shell is started: run it with a read-only root file system. SIGTERM drains it within DRAIN_MS.
# No entrypoint: that of node:22-slim is a shell script, that of distroless images is node itself.
ENTRYPOINT []
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/src/server.js"]
